# bash completion for tcp46; made by share/make.py

_tcp46() {
    local line=${COMP_LINE:0:COMP_POINT} word command='' before options='' values='' found
    word=${line##*[[:space:]]}
    before=${COMP_WORDS[COMP_CWORD - 1]}
    if ((COMP_CWORD > 1)); then
        case ${COMP_WORDS[1]} in
            list|explain|who|bind|read|demo|schema|config) command=${COMP_WORDS[1]} ;;
        esac
    fi
    COMPREPLY=()
    case $before in
        --log) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null; return ;;
        --interface)
            for found in /sys/class/net/*; do
                [[ ${found##*/} == "$word"* ]] && COMPREPLY+=("${found##*/}")
            done
            return ;;
        --from | --interval) return ;;
    esac
    case $command in
        '') options='--interval --mouse --no-mouse --version --no-peek --log -h --help' ;;
        list) options='--json --csv --no-peek --log -h --help' ;;
        explain) options='--json --glossary --no-peek --log -h --help' ;;
        who) options='--udp --json --interface --from --no-peek --log -h --help' ;;
        bind) options='--udp --json --interface --v6only --no-v6only --reuseaddr --reuseport --no-peek --log -h --help' ;;
        read) options='--json --log -h --help' ;;
        demo) options='--interval --mouse --no-mouse --no-peek --log -h --help' ;;
        schema) options='-h --help' ;;
        config) options='-h --help' ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
    fi
    case $command in
        read)
            mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null
            return ;;
        '' | list | explain) ;;
        *) return ;;
    esac
    local negated=''
    [[ $word == '!'* ]] && negated='!'
    case ${word#!} in
        state:*) values='state:established state:syn_sent state:syn_recv state:fin_wait1 state:fin_wait2 state:time_wait state:unconn state:close_wait state:last_ack state:listen state:closing state:bound' ;;
        proto:*) values='proto:tcp proto:tcp6 proto:udp proto:udp6' ;;
        protocol:*) values='protocol:tcp protocol:udp' ;;
        family:*) values='family:inet family:inet6' ;;
        serves:*) values='serves:v4 serves:v6 serves:v4+v6 serves:mapped serves:none' ;;
        reason:*) values='reason:inet reason:dual-stack reason:v6only reason:v6-address reason:mapped-address reason:mapped-connection reason:v6-connection reason:shadowed reason:no-ipv6-address reason:address-absent reason:bound-inactive reason:ambiguous reason:unknown' ;;
        v6only:*) values='v6only:0 v6only:1 v6only:unknown' ;;
        *:*) ;;
        *)
            values='process: pid: user: port: lport: rport: addr: state: proto: protocol: family: serves: reason: v6only: inode: interface: unit: recvq: sendq: in: out: rtt: retrans: age:'
            ((COMP_CWORD == 1)) && values="list explain who bind read demo schema config $values"
            compopt -o nospace 2>/dev/null ;;
    esac
    for found in $values; do
        [[ $negated$found == "$word"* ]] && COMPREPLY+=("$negated$found")
    done
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} != *: ]]; then
        compopt +o nospace 2>/dev/null
    fi
    # Readline completes what follows the last colon, where colons part words.
    if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
    fi
}
complete -F _tcp46 tcp46
