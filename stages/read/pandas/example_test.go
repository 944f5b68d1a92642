package pandas_test

import (
	"context"
	"fmt"
	"log"

	"github.com/pickshard/pickshard/stages/read/pandas"
	"github.com/pickshard/pickshard/stages/read/pickle"
)

// Two columns of a pickled DataFrame, as Arrow.
func ExampleRead() {
	in, file, err := pickle.OpenInput("../../../cmd/pickshard/demodata/Pick-High/test.pkl")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	result, err := pandas.Read(context.Background(), in, pandas.Options{Columns: []string{"refine_image", "E1"}})
	if err != nil {
		log.Fatal(err)
	}
	defer result.Table.Release()
	fmt.Println(result.Info.Kind, "of", result.Table.NumRows(), "rows")
	for _, f := range result.Table.Schema().Fields() {
		fmt.Println(f.Name, f.Type)
	}
	// Output:
	// pandas.DataFrame of 6 rows
	// refine_image utf8
	// E1 float64
}
