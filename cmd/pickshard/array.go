package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/planned"
)

// arrayVariables are those in which schedulers give a task of an array its index, and
// what it begins at.
var arrayVariables = []struct {
	name  string
	first int
}{{"SLURM_ARRAY_TASK_ID", 0}, {"JOB_COMPLETION_INDEX", 0}, {"PBS_ARRAY_INDEX", 0}, {"AWS_BATCH_JOB_ARRAY_INDEX", 0}, {"LSB_JOBINDEX", 1}}

func arrayIndex() (int, error) {
	found, index := "", 0
	for _, v := range arrayVariables {
		text := os.Getenv(v.name)
		if text == "" || v.first > 0 && text == "0" { // LSF says 0 where there is no array
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < v.first {
			return 0, fmt.Errorf("%s is %q, not the index of a task", v.name, text)
		}
		if found != "" {
			return 0, pipeline.WithHint(fmt.Errorf("both %s and %s are set", found, v.name), "unset the one that does not count this array's tasks, or give --shard")
		}
		found, index = v.name, n-v.first
	}
	if found == "" {
		return 0, pipeline.WithHint(errors.New("--per-task: no variable tells the index of this task"), "run it in an array of Slurm, Kubernetes, PBS, LSF or AWS Batch, or give --shard")
	}
	return index, nil
}

// taskShards are the shards of this task of an array, perTask each.
func taskShards(splits []planned.HeaderSplit, perTask int) ([]pipeline.ShardID, error) {
	index, err := arrayIndex()
	if err != nil {
		return nil, err
	}
	total := countShards(splits)
	if index > total/perTask+1 || index*perTask >= max(total, 1) {
		return nil, pipeline.WithHint(fmt.Errorf("task %d of the array has no shard: the plan has %d, %d a task", index, total, perTask), "tasks are counted from 0 to %d", max(total-1, 0)/perTask)
	}
	var list []pipeline.ShardID
	for n := index * perTask; n < min(total, (index+1)*perTask); n++ {
		list = append(list, placeOf(splits, n))
	}
	return list, nil
}

// arrayTasks are the tasks of an array, perTask shards each, that have one of the named
// shards, as schedulers take them: 0-3,7. Names come in the plan's order.
func arrayTasks(splits []planned.HeaderSplit, names []string, perTask int) (string, error) {
	var tasks strings.Builder
	first, last := -1, -1
	end := func() {
		if tasks.Len() > 0 {
			tasks.WriteByte(',')
		}
		tasks.WriteString(strconv.Itoa(first))
		if last > first {
			tasks.WriteString("-" + strconv.Itoa(last))
		}
	}
	for _, name := range names {
		id, err := shardID(splits, name)
		if err != nil {
			return "", err
		}
		switch task := numberOf(splits, id) / perTask; {
		case first < 0:
			first, last = task, task
		case task > last+1:
			end()
			first, last = task, task
		default:
			last = task
		}
	}
	if first >= 0 {
		end()
	}
	return tasks.String(), nil
}
