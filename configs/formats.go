package configs

// formatNames lists the formats that can be written.
func formatNames() []string { return []string{"parquet", "arrow", "webdataset"} }
