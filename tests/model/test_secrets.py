import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tcp46.model.secrets import MASK, redact

HOLDING = [
    "mysql --user=root --password={} shop",
    "mysql -uroot -p{} shop",
    "/usr/bin/mysqldump --single-transaction -p{} shop",
    "mysqld_exporter --password {} --web.listen-address :9104",
    "sshpass -p {} ssh root@10.0.0.1",
    "sshpass -p{} ssh root@10.0.0.1",
    "mongo -u admin -p {} --host db1",
    "redis-server --requirepass {} --port 6379",
    "redis-cli -a {} ping",
    "curl -u admin:{} https://db1/metrics",
    "curl -sSu admin:{} https://db1/metrics",
    "curl --user admin:{} https://db1/metrics",
    "curl -H Authorization: Bearer {} https://db1/",
    'curl -H "Authorization: Basic {}" https://db1/',
    "curl -H 'X-Api-Key: {}' https://db1/",
    "curl -H PRIVATE-TOKEN: {} https://git/",
    "curl --cookie-jar /dev/null -H Cookie: a=b; sid={}",
    "wget https://db1/?page=1&token={}",
    "wget --http-password={} https://db1/",
    "git clone https://anna:{}@git.example/app.git",
    "git clone https://{}@git.example/app.git",
    "postgres_exporter postgresql://app:{}@db1:5432/shop?sslmode=off",
    "app --dsn app:{}@tcp(10.0.0.1:3306)/shop",
    "app amqp://guest:{}@10.0.0.1:5672/",
    "PGPASSWORD={} psql -h db1 shop",
    "env PGPASSWORD={} MODE=1 psql",
    "sh -c 'MYSQL_PWD={} mysql shop'",
    'sh -c "mysql -p{} shop"',
    "TOKEN={} ./run",
    "GITHUB_TOKEN={} ./run",
    "AWS_SECRET_ACCESS_KEY={} aws s3 ls",
    "export REDISCLI_AUTH={}",
    "DB_PASS={} SECRET_KEY_BASE=1 puma",
    "java -Djavax.net.ssl.keyStorePassword={} -jar app.jar",
    "java -Dspring.datasource.password={} com.example.Main",
    "app -password {} -listen :80",
    "app --api-key {} serve",
    "app --apiKey={} serve",
    "app --client-secret={} serve",
    "app --secret-id {} serve",
    "openssl pkcs12 -in a.p12 -passin pass:{} -nodes",
    "gpg --batch --passphrase {} -d a.gpg",
    "7z x -p{} a.7z",
    "ldapsearch -x -D cn=admin -w {} -b dc=x",
    "smbclient -U anna%{} //files/home",
    "docker login -u anna -p {} registry",
    "sqlplus scott/{}@orcl",
    "xfreerdp /u:anna /p:{} /v:host",
    "nmcli device wifi connect cafe password {}",
    "beam.smp -sname rabbit -setcookie {} -noshell",
    "consul agent -encrypt={} -data-dir /var/lib/consul",
    "etcdctl --user root:{} get /",
    "ss-server -s 0.0.0.0 -p 8388 -k {} -m aes-256-gcm",
    "ssh -o ProxyCommand=sshpass -p {} ssh gate",
    "mount -t cifs -o username=anna,password={} //files/home /mnt",
    "Server=db1;User Id=sa;Password={};Database=shop",
    '{{"user": "anna", "password": "{}"}}',
    "{{'user': 'anna', 'password': '{}'}}",
    r"{{\"password\":\"{}\"}}",
    "['mysql', '--password', '{}', 'shop']",
    "connect(host='db1', password='{}', port=3306)",
    "password: {}",
    "proxy: api_key = {}",
]
"""Each with one secret."""

INNOCENT = [
    "",
    "/usr/sbin/sshd -D -p 22 -o PasswordAuthentication=no",
    "sshd: anna@pts/0",
    "ssh -p22 -i /home/anna/.ssh/id_ed25519 anna@10.0.0.1",
    "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",
    "postgres: shop shop 10.0.0.3(51022) idle",
    "docker run -p8080:80 -p 127.0.0.1:8443:443/tcp nginx",
    "docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2",
    "mysqld --defaults-file=/etc/my.cnf --port=3306 --pid-file=/run/mysqld.pid",
    "find / -path /proc -prune -o -print",
    "mkdir -pv /srv/a",
    "nmap -p80,443 -p1-1024 10.0.0.0/8",
    "app --password-file=/run/secrets/db --auth-type=oidc --token-ttl 30s",
    "app --tls-key=/etc/tls/server.key --cert /etc/tls/server.pem",
    "docker login --password-stdin registry",
    "mongod --auth --port 27017",
    "docker run --user 1000:1000 app",
    "gitea --no-password --tokenizer wordpiece",
    "redis-server *:6379",
    "httpd -DFOREGROUND",
    "tcp6 [::ffff:10.0.0.12]:80 fe80::1%eth0 http://[::1]:8080/a https://host:8443/users/a",
    "PWD=/home/anna HOME=/root",
    "python3 -m http.server --bind :: 8000",
    "java -Djava.security.auth.login.config=/etc/kafka/jaas.conf -cp /opt/kafka kafka.Kafka",
    "uid: 48 (kernel, sock_diag)",
]

MISTAKEN_FOR_OTHERS = r"\s\"'\\"
secrets = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Z", "C"]), min_size=6
)


@pytest.mark.parametrize("line", HOLDING)
def test_a_secret_is_masked_and_the_rest_is_left(line):
    shown = redact(line.format("hU7nter2"))
    assert "hU7nter2" not in shown
    assert MASK in shown
    assert shown.split()[0].startswith(line.split()[0][:3].replace("{{", "{"))


@settings(deadline=None)
@given(st.sampled_from(HOLDING), secrets)
def test_any_secret_is_masked(line, secret):
    assume(not re.search(rf"[{MISTAKEN_FOR_OTHERS}&;,@/%?#:(){{}}|<>*-]", secret))
    assume(secret not in line)
    assert secret not in redact(line.format(secret))


IN_FULL = [line for line in HOLDING if re.search(r"[= ]\{\}(?: |$)", line) and not line.startswith("curl")]


@settings(deadline=None)
@given(st.sampled_from(IN_FULL), secrets)
def test_an_argument_of_its_own_may_hold_any_character_but_quotes(line, secret):
    assume(not re.search(rf"[{MISTAKEN_FOR_OTHERS}]", secret) and not secret.startswith("-"))
    assume(secret not in line.format(MASK))
    assert secret not in redact(line.format(secret))


@pytest.mark.parametrize("line", INNOCENT)
def test_what_holds_none_is_left_as_it_is(line):
    assert redact(line) == line


@settings(deadline=None)
@given(st.one_of(st.sampled_from([*HOLDING, *INNOCENT]), st.text()), secrets)
def test_once_is_enough(line, secret):
    once = redact(line.replace("{}", secret))
    assert redact(once) == once


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gpg --passphrase correct horse battery staple --batch", "gpg --passphrase *** --batch"),
        ("app --password 'correct horse' run", "app --password *** run"),
        ("wget --password=x y https://db1/", "wget --password=*** https://db1/"),
        ("mysql --password -h db1", "mysql --password -h db1"),
        ("first --password x\nsecond line", "first --password ***\nsecond line"),
        ("clone https://ghp_0123456789abcdefghij@github.com/a", "clone https://***@github.com/a"),
        ("id eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def end", "id *** end"),
        ("AKIAIOSFODNN7EXAMPLE here", "*** here"),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n***\nb"),
        ("postgres://app:p@ss/w0rd@db1/shop", "postgres://***@db1/shop"),
    ],
)
def test_how_far_a_secret_goes(text, shown):
    assert redact(text) == shown


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "://a:",
        "password=",
        "--password ",
        "-p ",
        "mysql -p",
        '"',
        "\\",
        "'a ",
        "sqlplus ",
        "login ",
        "eyJ",
    ],
)
def test_no_text_takes_long(piece):
    text = piece * (50_000 // len(piece))
    began = time.thread_time()
    redact(text)
    assert time.thread_time() - began < 2
