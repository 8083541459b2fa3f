// Command oracle lets Google's own analyzer of GoogleSQL judge corpora of statements: for
// each *.sql file of the folders that it is given it writes a file of verdicts beside it.
//
//	go run . [-check] ../corpus/testdata ...
//
// With -check it writes nothing and fails if a file is not what it would write. It is a module
// of its own because the analyzer takes minutes and gigabytes to build.
package main

import (
	"flag"
	"fmt"
	"os"

	googlesql "github.com/goccy/go-googlesql"

	"github.com/kwipper/kwipper/emulators/spanner/corpus"
)

func main() {
	check := flag.Bool("check", false, "write nothing, fail if verdicts are not fresh")
	flag.Parse()
	if err := run(flag.Args(), *check); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

func run(dirs []string, check bool) error {
	if len(dirs) == 0 {
		return fmt.Errorf("which folders? usage: oracle [-check] dir ...")
	}
	if err := googlesql.Init(); err != nil {
		return err
	}
	count := 0
	for _, dir := range dirs {
		n, err := judgeAll(dir, check)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		count += n
	}
	fmt.Println(count, "statements judged")
	return nil
}

func judgeAll(dir string, check bool) (int, error) {
	ddl, err := corpus.Schema(dir)
	if err != nil {
		return 0, err
	}
	a, err := newAnalyzer(ddl)
	if err != nil {
		return 0, err
	}
	files, err := corpus.Files(dir)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, file := range files {
		list, err := corpus.Read(file)
		if err != nil {
			return 0, err
		}
		verdicts, err := corpus.Judge(list, a.analyze)
		if err != nil {
			return 0, err
		}
		if err := keep(corpus.VerdictFile(file), verdicts, check); err != nil {
			return 0, err
		}
		count += len(list)
	}
	return count, nil
}

func keep(file, verdicts string, check bool) error {
	if !check {
		return os.WriteFile(file, []byte(verdicts), 0o644)
	}
	old, err := os.ReadFile(file)
	if err == nil && string(old) != verdicts {
		err = fmt.Errorf("%s: %w", file, corpus.ErrStale)
	}
	return err
}
