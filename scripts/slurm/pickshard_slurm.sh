#!/usr/bin/env bash
# Build a written plan on Slurm: an array of workers, and finalize after them.
#
#   pickshard plan my.yaml INPUT OUTPUT --write PLAN
#   [PICKSHARD=pickshard] [PER_TASK=1] pickshard_slurm.sh PLAN INPUT OUTPUT [OPTIONS OF sbatch, e.g. --partition=cpu --cpus-per-task=4]
#
# Folders that all nodes see under the same name. Placement and retries are Slurm's: a task
# whose node dies, or whose worker says 75 (worth another try), is queued again. Whatever
# Slurm says of its tasks, it is finalize that finds what is missing; the same command then
# submits those tasks alone. Prints the IDs of the array and of finalize.
set -euo pipefail

tries=3 # of a task that says 75

[ $# -ge 3 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
pickshard=$(command -v "${PICKSHARD:-pickshard}") || { echo "there is no ${PICKSHARD:-pickshard}: set PICKSHARD" >&2; exit 2; }
per_task=${PER_TASK:-1}
plan=$(realpath "$1") input=$(realpath "$2") output=$(realpath "$3")
shift 3

# The tasks that have something left to build, such as 0-11,14; exit code 1 says that there are some.
code=0
tasks=$("$pickshard" finalize --plan "$plan" "$output" --missing --per-task "$per_task") || code=$?
if [ -z "$tasks" ] && [ $code != 0 ]; then
	exit $code
fi

array=
if [ -n "$tasks" ]; then
	array=$(sbatch --parsable --job-name=pickshard --requeue --open-mode=append --array="$tasks" "$@" <<END
#!/usr/bin/env bash
"$pickshard" worker --plan "$plan" --per-task "$per_task" --workers "\${SLURM_CPUS_PER_TASK:-1}" "$input" "$output" && exit
code=\$?
if [ \$code = 75 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt $tries ]; then
	scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\$SLURM_ARRAY_TASK_ID"
fi
exit \$code
END
	)
fi

# afterany: not Slurm judges what is done.
sbatch --parsable --job-name=pickshard-finalize --open-mode=append ${array:+--dependency=afterany:$array} "$@" <<END
#!/usr/bin/env bash
exec "$pickshard" finalize --plan "$plan" "$output"
END
[ -z "$array" ] || echo "$array"
