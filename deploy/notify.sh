#!/bin/sh
# Tell a person that a unit has failed: a line of priority `crit` in the journal, then the institution's own program,
# which gets the name of the unit and the sentence, once an hour at most for one unit (docs/operations.md, "Who is
# told"). No Python: it may be what failed.
unit=$1 program=${2:-/etc/entry-log-notify} told=${STATE_DIRECTORY:-/tmp}/$1
sentence="출입 기록($(uname -n)): $unit 실패. 확인: journalctl -u $unit"
echo "<2>$sentence" >&2
if [ ! -e "$program" ] || [ -n "$(find "$told" -mmin -60 2>/dev/null)" ]; then exit 0; fi
"$program" "$unit" "$sentence" && : > "$told"
