#!/bin/sh
# What up.sh and down.sh ask about processes: from /proc where there is one, since a small system has no ps.

running() { # running PID; one that has ended but that nobody took notice of does not count
    if [ -d /proc/self ]; then
        state=$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null) || return 1
    else
        state=$(ps -o stat= -p "$1" 2>/dev/null) || return 1
    fi
    case $state in
    '' | Z*) return 1 ;;
    esac
}

words() { # words PID: the command line that started it
    if [ -d /proc/self ]; then
        { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null
    else
        ps -o args= -p "$1" 2>/dev/null
    fi
}
