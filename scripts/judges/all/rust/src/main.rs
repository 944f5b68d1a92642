//! What the parquet crate makes of train: judges OUTPUT COLUMNS IMAGES SCORES.
use std::fs::File;

use arrow::array::{Array, BinaryArray, BooleanArray, Float64Array, StringArray, StructArray};
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::arrow::ProjectionMask;
use sha2::{Digest, Sha256};

fn count(files: &[String], column: &str, keep: fn(f64) -> bool) -> usize {
    let mut n = 0;
    for f in files {
        let b = ParquetRecordBatchReaderBuilder::try_new(File::open(f).unwrap()).unwrap();
        let mask = ProjectionMask::columns(b.parquet_schema(), [column]);
        let predicate = ArrowPredicateFn::new(mask.clone(), move |batch| {
            let c = batch.column(0).as_any().downcast_ref::<Float64Array>().unwrap();
            Ok(c.iter().map(|v| v.map(keep)).collect::<BooleanArray>())
        });
        let filter = RowFilter::new(vec![Box::new(predicate)]);
        for batch in b.with_projection(mask).with_row_filter(filter).build().unwrap() {
            n += batch.unwrap().num_rows();
        }
    }
    n
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut files: Vec<String> = std::fs::read_dir(format!("{}/parquet/data", a[1]))
        .unwrap()
        .map(|e| e.unwrap().path().to_str().unwrap().to_string())
        .filter(|p| p.contains("/train-") && p.ends_with(".parquet"))
        .collect();
    files.sort();
    let images: Vec<&str> = a[3].split(',').collect();
    let scores: Vec<&str> = a[4].split(',').collect();
    let (mut hash, mut rows) = (Sha256::new(), 0);
    for f in &files {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(f).unwrap()).unwrap().build().unwrap();
        for batch in reader {
            let batch = batch.unwrap();
            rows += batch.num_rows();
            for i in 0..batch.num_rows() {
                for c in a[2].split(',') {
                    let column = batch.column_by_name(c).unwrap().as_any();
                    if images.contains(&c) {
                        let s = column.downcast_ref::<StructArray>().unwrap();
                        let name = s.column_by_name("path").unwrap().as_any().downcast_ref::<StringArray>().unwrap();
                        let bytes = s.column_by_name("bytes").unwrap().as_any().downcast_ref::<BinaryArray>().unwrap();
                        hash.update(name.value(i).as_bytes());
                        hash.update([0]);
                        hash.update(bytes.value(i));
                    } else if scores.contains(&c) {
                        hash.update(column.downcast_ref::<Float64Array>().unwrap().value(i).to_be_bytes());
                    } else {
                        hash.update(column.downcast_ref::<StringArray>().unwrap().value(i).as_bytes());
                        hash.update([0]);
                    }
                }
            }
        }
    }
    let digest: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    println!(
        "{{\"rows\": {rows}, \"zero\": {}, \"high\": {}, \"sha256\": \"{digest}\"}}",
        count(&files, "E1", |v| v == 0.0),
        count(&files, "R2", |v| v > 0.5)
    );
}
