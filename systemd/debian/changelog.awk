# SPDX-License-Identifier: MIT
# Makes debian/changelog of CHANGELOG, whose entries begin with "VERSION (DATE)" or "VERSION (unreleased, DATE)".
# awk -v maintainer='NAME <ADDRESS>' -f changelog.awk CHANGELOG

# The paragraph that was read so far, in lines of up to 78 columns.
function flush_text(    words, count, i, line) {
        count = split(text, words, " ")
        line = first
        for (i = 1; i <= count; i++) {
                if (i > 1 && length(line) + length(words[i]) + 1 > 78) {
                        print line
                        line = rest words[i]
                } else
                        line = line (i > 1 ? " " : "") words[i]
        }
        if (count)
                print line
        text = ""
}

function end_entry() {
        flush_text()
        if (date)
                printf "\n -- %s  %s\n\n", maintainer, date
}

/^[0-9]+\.[0-9.]+ \(.*[0-9-]+\)$/ {
        end_entry()
        day = $NF
        gsub(/[()]/, "", day)
        command = "LC_ALL=C date -u -R -d " day
        if (day !~ /^[0-9]+-[0-9]+-[0-9]+$/ || (command | getline date) <= 0) {
                print "CHANGELOG: no date in: " $0 >"/dev/stderr"
                exit 1
        }
        close(command)
        printf "mailsecd (%s) unstable; urgency=medium\n\n", $1
        next
}
!date { next }
/^- / { flush_text(); first = "    - "; rest = "      "; text = substr($0, 3); next }
/^  / { text = text " " $0; next }
/^$/ { flush_text(); next }
{ flush_text(); first = "  * "; rest = "    "; text = $0 ":"; }
END { end_entry() }
