# SPDX-License-Identifier: MIT
# Completion of mailsecctl(1) for bash: commands, options, and names that the running daemon knows.
# Goes into /usr/share/bash-completion/completions/mailsecctl.

# The values of a member in the daemon's answer, a line each. Names that a shell would take for more are left out.
# A daemon that does not answer at once is not waited for.
_mailsecctl_ask() {
        local member=$1 socket=()
        shift
        [[ -z $_mailsecctl_socket ]] || socket=(-s "$_mailsecctl_socket")
        timeout 1 mailsecctl "${socket[@]}" --json "$@" 2>/dev/null |
                grep -Eo "\"$member\": ?(\"[A-Za-z0-9._/-]+\"|[0-9]+)[,}]" |
                sed -E "s/^\"$member\": ?\"?//; s/\"?[,}]\$//" | sort -u
}

# The options of a command, besides those that every command takes.
_mailsecctl_options() {
        case $1 in
        alerts) echo --number ;;
        events) echo --follow --number --since ;;
        history) echo --since --source ;;
        test | poll) echo --no-wait ;;
        "silence add") echo --for --until --comment ;;
        ack) echo --comment --for --ceiling ;;
        esac
}

# What stands in the place of argument $2 of command $1.
_mailsecctl_arguments() {
        case "$1 $2" in
        "silence 1") echo add list remove ;;
        "show 1" | "test 1" | "history 1") _mailsecctl_ask name domains ;;
        "history 2") _mailsecctl_ask metric show "$3" ;;
        "explain 1" | "ack 1" | "unack 1" | "alerts 1" | "silence add 1") _mailsecctl_ask identity alerts ;;
        "poll 1") _mailsecctl_ask account domains ;;
        "silence remove 1") _mailsecctl_ask id silence list ;;
        esac
}

_mailsecctl() {
        local commands="status alerts domains show explain history test poll silence ack unack reload test-alert events"
        local always="--socket --json --no-color --version --help"
        local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' first='' n=0 i
        local _mailsecctl_socket='' IFS=$' \t\n'

        COMPREPLY=()
        for ((i = 1; i < COMP_CWORD; i++)); do
                case ${COMP_WORDS[i]} in
                -s | --socket) _mailsecctl_socket=${COMP_WORDS[++i]} ;;
                -n | --number | --since | --source | --for | --until | --comment | --ceiling) ((++i)) ;;
                -*) ;;
                *)
                        if [[ -z $command ]]; then
                                command=${COMP_WORDS[i]}
                        elif [[ $command == silence ]]; then
                                command="silence ${COMP_WORDS[i]}"
                        else
                                ((++n))
                                [[ $n != 1 ]] || first=${COMP_WORDS[i]}
                        fi
                        ;;
                esac
        done

        case $before in
        -s | --socket)
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
                return
                ;;
        --source)
                mapfile -t COMPREPLY < <(compgen -W "symantec immuniweb" -- "$word")
                return
                ;;
        -n | --number | --since | --for | --until | --comment | --ceiling) return ;;
        esac
        if [[ $word == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$always $(_mailsecctl_options "$command")" -- "$word")
        elif [[ -z $command ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
        else
                mapfile -t COMPREPLY < <(compgen -W "$(_mailsecctl_arguments "$command" $((n + 1)) "$first")" -- "$word")
        fi
}
complete -F _mailsecctl mailsecctl
