//! One metric, two readers: what services count goes to Prometheus and, as OpenTelemetry
//! instruments of the same names, to the collector.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_exporter_prometheus::PrometheusRecorder;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::SdkMeterProvider;

/// A recorder that records everything twice.
pub struct Both {
    prometheus: PrometheusRecorder,
    meter: Meter,
    counters: Mutex<HashMap<Key, Arc<TwoCounters>>>,
    gauges: Mutex<HashMap<Key, Arc<TwoGauges>>>,
    histograms: Mutex<HashMap<Key, Arc<TwoHistograms>>>,
}

impl Both {
    /// Records to `prometheus` and to instruments of `provider`.
    #[must_use]
    pub fn new(prometheus: PrometheusRecorder, provider: &SdkMeterProvider) -> Both {
        Both {
            prometheus,
            meter: provider.meter("callfold"),
            counters: Mutex::default(),
            gauges: Mutex::default(),
            histograms: Mutex::default(),
        }
    }
}

/// The instrument of a key: made at its first use, the same ever after. The maps are bounded by
/// our own names and labels, which never carry values from outside.
fn once<K: Eq + Hash + Clone, V>(
    made: &Mutex<HashMap<K, Arc<V>>>,
    key: &K,
    make: impl FnOnce() -> V,
) -> Arc<V> {
    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(key.clone()).or_insert_with(|| Arc::new(make())).clone()
}

fn labels(key: &Key) -> Vec<KeyValue> {
    key.labels()
        .map(|label| KeyValue::new(label.key().to_owned(), label.value().to_owned()))
        .collect()
}

impl Recorder for Both {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.prometheus.describe_counter(key, unit, text);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.prometheus.describe_gauge(key, unit, text);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.prometheus.describe_histogram(key, unit, text);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        Counter::from_arc(once(&self.counters, key, || TwoCounters {
            first: self.prometheus.register_counter(key, metadata),
            second: self.meter.u64_counter(key.name().to_owned()).build(),
            labels: labels(key),
        }))
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(once(&self.gauges, key, || TwoGauges {
            first: self.prometheus.register_gauge(key, metadata),
            second: self.meter.f64_gauge(key.name().to_owned()).build(),
            value: Mutex::new(0.0),
            labels: labels(key),
        }))
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(once(&self.histograms, key, || TwoHistograms {
            first: self.prometheus.register_histogram(key, metadata),
            second: self.meter.f64_histogram(key.name().to_owned()).build(),
            labels: labels(key),
        }))
    }
}

struct TwoCounters {
    first: Counter,
    second: opentelemetry::metrics::Counter<u64>,
    labels: Vec<KeyValue>,
}

impl CounterFn for TwoCounters {
    fn increment(&self, value: u64) {
        self.first.increment(value);
        self.second.add(value, &self.labels);
    }

    /// Only Prometheus has absolute counters; a service that sets one is seen there.
    fn absolute(&self, value: u64) {
        self.first.absolute(value);
    }
}

/// OpenTelemetry's gauge is only set; what raising and lowering lead to is kept here.
struct TwoGauges {
    first: Gauge,
    second: opentelemetry::metrics::Gauge<f64>,
    value: Mutex<f64>,
    labels: Vec<KeyValue>,
}

impl TwoGauges {
    fn change(&self, new: impl FnOnce(f64) -> f64) {
        let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        *value = new(*value);
        self.second.record(*value, &self.labels);
    }
}

impl GaugeFn for TwoGauges {
    fn increment(&self, by: f64) {
        self.first.increment(by);
        self.change(|value| value + by);
    }

    fn decrement(&self, by: f64) {
        self.first.decrement(by);
        self.change(|value| value - by);
    }

    fn set(&self, to: f64) {
        self.first.set(to);
        self.change(|_| to);
    }
}

struct TwoHistograms {
    first: Histogram,
    second: opentelemetry::metrics::Histogram<f64>,
    labels: Vec<KeyValue>,
}

impl HistogramFn for TwoHistograms {
    fn record(&self, value: f64) {
        self.first.record(value);
        self.second.record(value, &self.labels);
    }
}
