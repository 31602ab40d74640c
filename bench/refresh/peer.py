"""The same cleaning, features, split and Parquet with polars; prints one JSON object like child.ts."""
import json, sys, time
import polars as pl

source, folder = sys.argv[1], sys.argv[2]
started = time.perf_counter()
schema = {"customer": pl.Int32, "item": pl.Int32, "rating": pl.Int32, "taken": pl.Datetime, "channel": pl.String, "price": pl.Float64}
examples = (
    pl.scan_csv(source, schema=schema)
    .filter(pl.col("price").is_not_null() & (pl.col("price") > 0))
    .sort("taken", descending=True)
    .unique(["customer", "item"], keep="first", maintain_order=True)
    .select("customer", "item", "rating", "channel", (1 + pl.col("price")).log().alias("price"), pl.col("taken").dt.hour().cast(pl.Int64).alias("hour"))
    .collect()
)
counts = {}
for split, rows in (("train", examples.filter(pl.col("customer") % 5 != 0)), ("test", examples.filter(pl.col("customer") % 5 == 0))):
    rows = rows.sort(rows.columns)
    rows.write_parquet(f"{folder}/{split}.parquet", compression="zstd")
    counts[split] = rows.height
seconds = time.perf_counter() - started
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps({"trainRows": counts["train"], "testRows": counts["test"], "seconds": seconds, "megabytes": peak / 1024}))
