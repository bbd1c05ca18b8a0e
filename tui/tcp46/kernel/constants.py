"""Numbers of the kernel's interfaces, under the kernel's own names."""

# include/uapi/linux/netlink.h
NETLINK_ROUTE = 0
NETLINK_SOCK_DIAG = 4
NLM_F_REQUEST = 0x1
NLM_F_MULTI = 0x2
NLM_F_DUMP_INTR = 0x10
NLM_F_DUMP = 0x300
NLMSG_ERROR = 2
NLMSG_DONE = 3
NLMSG_OVERRUN = 4
NLMSG_HDRLEN = 16
NLA_HDRLEN = 4
SOL_NETLINK = 270
NETLINK_GET_STRICT_CHK = 12
NLA_TYPE_MASK = 0x3FFF

# include/uapi/linux/sock_diag.h, include/uapi/linux/inet_diag.h
SOCK_DIAG_BY_FAMILY = 20
INET_DIAG_INFO = 2
INET_DIAG_CONG = 4
INET_DIAG_SKV6ONLY = 11
INET_DIAG_CGROUP_ID = 21

# include/net/tcp_states.h
TCP_CLOSE = 7
TCP_NEW_SYN_RECV = 12
TCP_BOUND_INACTIVE = 13

# include/uapi/linux/rtnetlink.h, include/uapi/linux/if_addr.h
RTM_NEWADDR = 20
RTM_GETADDR = 22
IFA_ADDRESS = 1
IFA_LOCAL = 2
IFA_F_OPTIMISTIC = 0x04
IFA_F_TENTATIVE = 0x40
RTM_NEWROUTE = 24
RTM_GETROUTE = 26
RTA_DST = 1
RTA_OIF = 4
RTN_LOCAL = 2
RTN_BROADCAST = 3
RT_TABLE_LOCAL = 255

# include/uapi/linux/sockios.h
SIOCGIFCONF = 0x8912
SIOCGIFNETMASK = 0x891B
