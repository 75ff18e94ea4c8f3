#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh BUILD_DIR: a morning in a mail team's life in three quarters of a minute. Plays both services on loopback
# (mailsec-sim, morning.conf), lets mailsecd watch them on a clock that runs 300 times as fast, and prints each
# alert as the person on call would see it. Needs no root, no network, no journal. Exits 0 only if every alert of
# the morning really came, and no other.
set -eu

build=${1:?usage: demo.sh BUILD_DIR}
here=$(cd "$(dirname "$0")" && pwd)
rate=300
patience=30 # real seconds past the planned time for an alert, on a busy machine
export LC_ALL=C

bold='' dim='' red='' yellow='' green='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
        bold=$(printf '\033[1;36m') dim=$(printf '\033[2m') red=$(printf '\033[1;31m')
        yellow=$(printf '\033[1;33m') green=$(printf '\033[32m') plain=$(printf '\033[0m')
fi

work='' sim='' daemon='' printer=''
cleanup() {
        status=$?
        trap - EXIT INT TERM HUP
        for child in $daemon $sim $printer; do
                kill "$child" 2>/dev/null || :
                wait "$child" 2>/dev/null || :
        done
        [ -z "$work" ] || rm -rf "$work"
        exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

work=$(mktemp -d)
log=$work/records
export STATE_DIRECTORY="$work/state" RUNTIME_DIRECTORY="$work"

# The fast clock reads 06:00 now: EPOCH is where it and the real one agree.
now=$(date +%s)
six=$(date -d '06:00' +%s)
epoch=$((now + (now - six) / (rate - 1)))
export MAILSEC_CLOCK="$rate@$epoch"

# Seconds since 1970 on the fast clock.
fast_now() {
        echo $((epoch + ($(date +%s%N) / 1000000 - epoch * 1000) * rate / 1000))
}

# Prints records as they come: time, level, message, and the evidence where something got bad.
print_records() {
        while IFS= read -r line; do
                printf '%s\n' "$line" >>"$log"
                level=info colour=''
                case $line in
                '<2>'*) level=critical colour=$red ;;
                '<3>'*) level=error colour=$red ;;
                '<4>'*) level=warning colour=$yellow ;;
                '<5>'*) level=notice colour=$green ;;
                esac
                message=${line#<?>}
                printf '%s  %s%-8s%s  %s\n' "$(date -d "@$(fast_now)" +%H:%M)" "$colour" "$level" \
                        "${colour:+$plain}" "${message%% MESSAGE_ID=*}"
                case $line in
                *MAILSEC_EVENT=raised*' MAILSEC_DETAIL="'* | *MAILSEC_EVENT=worsened*' MAILSEC_DETAIL="'*)
                        detail=${line#*' MAILSEC_DETAIL="'}
                        printf '                 %s%s%s\n' "$dim" "${detail%%\"*}" "$plain"
                        ;;
                esac
        done
}

# Waits for so many minutes past 06:00, then says what happens.
act() {
        until t=$(fast_now) && [ "$t" -ge $((start + $1 * 60)) ]; do
                sleep 0.1
        done
        printf '\n%s%s  %s%s\n' "$bold" "$(date -d "@$((start + $1 * 60))" +%H:%M)" "$2" "$plain"
}

# How often a record of that event came; of an alert, where one is named.
count() {
        grep -c "MAILSEC_EVENT=$1 ${2:+MAILSEC_ALERT=$2 }" "$log" || :
}

wait_for() {
        deadline=$(($(date +%s) + patience))
        until [ "$(count "$1" "${2-}")" -gt 0 ] || [ "$(date +%s)" -ge $deadline ]; do
                kill -0 "$daemon" 2>/dev/null || break
                sleep 0.1
        done
}

printf demo-password >"$work/password"
printf demo-key >"$work/key"
chmod 600 "$work/password" "$work/key"
"$build/mailsec-sim" --scenario "$here/morning.conf" --port-file "$work/port" --ca-file "$work/ca.pem" \
        --log "$work/requests" >"$work/sim" 2>&1 &
sim=$!
until [ -s "$work/port" ]; do
        kill -0 "$sim" 2>/dev/null || {
                cat "$work/sim" >&2
                exit 1
        }
        sleep 0.1
done
url=$(sed 's/.*"url": *"\([^"]*\)".*/\1/' "$work/port")
start=$(sed 's/.*"start": *\([0-9]*\).*/\1/' "$work/port")
sed "s|@URL@|$url|g" "$here/demo.conf.in" >"$work/demo.conf"

cat <<TEXT
mailsecd watches example.com, example.net and example.org through both services, here played by a
simulator on $url. Time runs $rate times as fast: 06:00 to 09:30 takes 42 seconds.
What follows is what the person on call reads, line by line, in the journal.
TEXT

: >"$log"
mkfifo "$work/pipe"
print_records <"$work/pipe" &
printer=$!
printf '\n%s06:00  A quiet morning.%s\n' "$bold" "$plain"
"$build/mailsecd" --config "$work/demo.conf" 2>"$work/pipe" &
daemon=$!
wait_for started

act 20 'A message that cannot be delivered blocks the inbound queue of example.com.'
act 95 'The mail team restarts the mail host: the queue of example.com moves again.'
wait_for cleared symantec/example.com/inbound_oldest

act 110 'A phished mailbox of example.net sends spam: its first MX host lands on two blacklists.'
act 135 'The mailbox is closed, the lists drop the address.'
act 145 'Somebody edits the DNS of example.org and leaves DMARC at p=none.'
wait_for raised immuniweb/example.org/dmarc
wait_for cleared immuniweb/example.net/blacklist_count

act 175 'The Email Queue API itself fails for a quarter of an hour.'
wait_for raised symantec/default/up
wait_for cleared symantec/default/up

printf '\n%sWhat does the daemon know? mailsecctl asks it.%s\n' "$bold" "$plain"
"$build/mailsecctl" --socket "$work/control.sock" status || asked=$?
printf '\n'
"$build/mailsecctl" --socket "$work/control.sock" explain immuniweb/example.org/dmarc || asked=$?

printf '\n%sThe morning is over; the DMARC alert of example.org still stands. mailsecd is stopped.%s\n' "$bold" "$plain"
kill "$daemon" 2>/dev/null || :
stopped=0
wait "$daemon" || stopped=$?
daemon=''
wait "$printer" || :
printer=''
kill "$sim"
wait "$sim" 2>/dev/null || :
sim=''

# --- did the morning really happen? ------------------------------------------------------------------

failed=0
[ "${asked-0}" = 0 ] || failed=1
miss() {
        printf 'demo: %s\n' "$1" >&2
        failed=1
}

[ "$stopped" = 0 ] || miss "mailsecd ended with exit status $stopped"
expected='raised symantec/example.com/inbound_oldest
worsened symantec/example.com/inbound_oldest
cleared symantec/example.com/inbound_oldest
raised immuniweb/example.net/blacklist_count
cleared immuniweb/example.net/blacklist_count
raised immuniweb/example.org/dmarc
raised symantec/default/up
cleared symantec/default/up
started
stopped'
while read -r event alert; do
        n=$(count "$event" "$alert")
        [ "$n" = 1 ] || miss "$event ${alert:-(the daemon)} came $n times, expected once"
done <<LIST
$expected
LIST
# Nothing else may have been raised. Whether the queue counts as stuck is a matter of fractions of a second here.
others=$(sed -n 's/.* MAILSEC_EVENT=raised MAILSEC_ALERT=\([^ ]*\) .*/\1/p' "$log" | while read -r alert; do
        case $alert in
        symantec/example.com/inbound_stuck) ;;
        *) printf '%s\n' "$expected" | grep -Fqx "raised $alert" || printf '%s ' "$alert" ;;
        esac
done)
[ -z "$others" ] || miss "these alerts should not have been raised: $others"
if [ $failed != 0 ]; then
        echo 'demo: all records:' >&2
        cat "$log" >&2
        exit 1
fi

cat <<'TEXT'

To watch your own domains, as root:

  make install
  install -d -m 700 /etc/credstore
  (umask 077; cat >/etc/credstore/symantec.password)    # type it, Enter, Control-D
  cat >/etc/mailsecd/mailsecd.conf <<END
  symantec  = { username = "api@example.com"; };    # without it: the email security test only
  immuniweb = { daily_tests = 10; };                # with a key: /etc/credstore/immuniweb.key
  limits    = { inbound_oldest = { warning = "15min"; critical = "1h"; }; };
  groups    = { mail = { owner = "mail-team"; runbook = "https://wiki.example.com/mail"; }; };
  domains   = (
      { name = "example.com"; group = "mail"; },
      "example.net"
  );
  END
  mailsecd --check-config
  systemctl enable --now mailsecd
  journalctl -f SYSLOG_IDENTIFIER=mailsecd

Read on: README.md, and man mailsecd, mailsecd.conf, mailsecd-alerts.
TEXT
