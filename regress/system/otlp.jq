# Holds an ExportMetricsServiceRequest in JSON against what the protocol says of
# it (opentelemetry-proto 1.x, metrics/v1/metrics.proto; OTLP/JSON: protobuf's
# mapping, with lowerCamelCase names and with enums as numbers): a line for each
# thing that is not as it has to be, and nothing if all is well.  Only what we
# may say is known here: another field is a complaint.

# What is written for 64 bits.
def is_uint64: type == "string" and test("^(0|[1-9][0-9]{0,19})$");
def is_int64: type == "string" and test("^(0|-?[1-9][0-9]{0,18})$");
# Real moments: of this century, in nanoseconds.
def is_time: is_uint64 and (length == 19);
def is_text: type == "string" and length > 0;

def complain($at; $what): "\($at): \($what)";
def expect($at; f; $what): if f then empty else complain($at; $what) end;

# An object with these fields, those that may be missing among them.
def fields($at; $must; $may):
	if type != "object" then complain($at; "is no object")
	else
		($must - keys | .[] | complain($at; "has no \(.)")),
		(keys - $must - $may | .[] | complain($at; "has \(.)"))
	end;

def list($at): if type == "array" then empty
    else complain($at; "is no list") end;

def attributes($at):
	list($at),
	(arrays | (map(.key?) | expect($at; length == (unique | length);
	    "has an attribute twice")),
	(to_entries[] | "\($at)[\(.key)]" as $here | .value |
	    fields($here; ["key", "value"]; []),
	    (objects | expect($here; .key | is_text; "has no name"),
	    (.value | fields("\($here).value"; ["stringValue"]; []),
	    (objects | expect("\($here).value"; .stringValue |
	    type == "string"; "is no text"))))));

# What all points have, and those of a kind of metric may and must have beside.
def point($at; $must; $may):
	fields($at; ["timeUnixNano"] + $must;
	    ["attributes", "startTimeUnixNano"] + $may),
	(objects |
	    expect($at; .timeUnixNano | is_time; "has a wrong timeUnixNano"),
	    (if has("startTimeUnixNano") then
	    expect($at; .startTimeUnixNano | is_time;
	    "has a wrong startTimeUnixNano"),
	    expect($at; .startTimeUnixNano <= .timeUnixNano;
	    "ends before it begins") else empty end),
	    (if has("attributes") then .attributes |
	    attributes("\($at).attributes") else empty end));

# Just one of a value's two forms.
def number_point($at):
	point($at; []; ["asInt", "asDouble"]),
	(objects |
	    expect($at; has("asInt") != has("asDouble"); "has not one value"),
	    (if has("asInt") then
	    expect($at; .asInt | is_int64; "has a wrong asInt") else
	    expect($at; .asDouble | type == "number";
	    "has a wrong asDouble") end));

def counter_point($at):
	number_point($at),
	(objects | expect($at; (.asInt // .asDouble // 0 | tonumber) >= 0;
	    "counts below zero"));

def histogram_point($at):
	point($at; ["count", "bucketCounts", "explicitBounds"];
	    ["sum", "min", "max"]),
	(objects |
	    expect($at; .count | is_uint64; "has a wrong count"),
	    expect($at; .sum | type == "number" and . >= 0;
	    "has a wrong sum"),
	    expect($at; .bucketCounts | type == "array" and all(is_uint64);
	    "has wrong bucketCounts"),
	    expect($at; .explicitBounds | type == "array" and
	    all(type == "number"); "has wrong explicitBounds"),
	    expect($at; .explicitBounds == (.explicitBounds | unique);
	    "has bounds that do not rise"),
	    expect($at; (.bucketCounts | length) ==
	    (.explicitBounds | length) + 1; "has not one bucket too many"),
	    expect($at; (.bucketCounts | map(tonumber) | add) ==
	    (.count | tonumber); "counts otherwise in its buckets"));

def points($at; check):
	expect("\($at).dataPoints"; .dataPoints | type == "array" and
	    length > 0; "is no list of points"),
	expect("\($at).dataPoints"; .dataPoints | map(.attributes |
	    sort_by(.key)) | length == (unique | length);
	    "has a series twice"),
	(.dataPoints | arrays | to_entries[] |
	    "\($at).dataPoints[\(.key)]" as $here | .value | check | "\($here)\(.)");

# AGGREGATION_TEMPORALITY_CUMULATIVE.
def cumulative($at): expect($at; .aggregationTemporality == 2;
    "is not cumulative");

def gauge($at): fields($at; ["dataPoints"]; []),
    (objects | points($at; number_point("")));

def sum($at):
	fields($at; ["dataPoints", "aggregationTemporality", "isMonotonic"];
	    []),
	(objects | cumulative($at),
	    expect($at; .isMonotonic == true; "may fall"),
	    points($at; counter_point("")));

def histogram($at):
	fields($at; ["dataPoints", "aggregationTemporality"]; []),
	(objects | cumulative($at), points($at; histogram_point("")));

def metric($at):
	fields($at; ["name"]; ["description", "unit", "gauge", "sum",
	    "histogram"]),
	(objects |
	    expect($at; .name | is_text and test("^[A-Za-z][-_./A-Za-z0-9]*$");
	    "has a wrong name"),
	    expect($at; [.description // "", .unit // ""] |
	    all(type == "string"); "has a text that is none"),
	    expect($at; (.unit // "s") | IN("s", "By", "1");
	    "has a unit that is not UCUM's"),
	    expect($at; [has("gauge", "sum", "histogram")] |
	    map(select(.)) | length == 1; "is not of one kind"),
	    expect($at; (.name | endswith("_total")) == has("sum");
	    "is not called as it is"),
	    (.gauge // empty | gauge("\($at).gauge")),
	    (.sum // empty | sum("\($at).sum")),
	    (.histogram // empty | histogram("\($at).histogram")));

def scope_metrics($at):
	fields($at; ["scope", "metrics"]; ["schemaUrl"]),
	(objects | (.scope | fields("\($at).scope"; ["name"]; ["version"]),
	    (objects | expect("\($at).scope"; .name | is_text;
	    "has no name"))),
	    (.metrics | list("\($at).metrics"),
	    (arrays | expect("\($at).metrics"; map(.name) |
	    length == (unique | length); "has a name twice"),
	    (to_entries[] | "\($at).metrics[\(.key)]" as $here |
	    .value | metric($here)))));

def resource_metrics($at):
	fields($at; ["resource", "scopeMetrics"]; ["schemaUrl"]),
	(objects | (.resource | fields("\($at).resource"; ["attributes"]; []),
	    (objects | .attributes | attributes("\($at).resource.attributes"),
	    expect("\($at).resource"; any(.key == "service.name");
	    "has no service.name"))),
	    (.scopeMetrics | list("\($at).scopeMetrics"),
	    (arrays | to_entries[] | "\($at).scopeMetrics[\(.key)]" as $here |
	    .value | scope_metrics($here))));

fields("request"; ["resourceMetrics"]; []),
(objects | .resourceMetrics | list("resourceMetrics"),
    (arrays | expect("resourceMetrics"; length > 0; "is empty"),
    (to_entries[] | "resourceMetrics[\(.key)]" as $here | .value |
    resource_metrics($here))))
