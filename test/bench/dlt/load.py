"""Loads the same streams as the benchmark with dlt: rest_api source, 2,000 per page, links.next, merge on id, parquet."""

import json
import os
import resource
import sys
import time

import dlt
from dlt.sources.rest_api import rest_api_source

order = json.loads(sys.argv[1])
started = time.monotonic()

source = rest_api_source(
    {
        "client": {
            "base_url": order["base_url"] + "/",
            "headers": {
                "Authorization": "Bearer " + order["token"],
                "Harvest-Account-Id": order["account_id"],
                "User-Agent": "dlt bench (bench@example.com)",
            },
            "paginator": {"type": "json_link", "next_url_path": "links.next"},
        },
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"params": {"per_page": 2000}},
        },
        "resources": [
            {"name": name, "endpoint": {"path": name, "data_selector": name}}
            for name in order["streams"]
        ],
    }
)
pipeline = dlt.pipeline(
    pipeline_name="bench",
    destination=dlt.destinations.duckdb(os.path.join(order["folder"], "dlt.duckdb")),
    dataset_name="bench",
    pipelines_dir=os.path.join(order["folder"], "pipelines"),
)
pipeline.run(source, loader_file_format="parquet")
counts = pipeline.last_trace.last_normalize_info.row_counts
rows = sum(counts.get(name, 0) for name in order["streams"])


def peak_mb():
    try:
        with open("/proc/self/status", encoding="utf-8") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
with open(os.environ["HARVEST_BQ_BENCH_USAGE"], "w", encoding="utf-8") as usage:
    json.dump({"cpuSeconds": sum(each.ru_utime + each.ru_stime for each in spent), "peakMb": peak_mb()}, usage)
print(json.dumps({"rows": rows, "seconds": time.monotonic() - started}))
