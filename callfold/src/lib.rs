//! Every Aircall call in Front: configuration, telemetry, shutdown and commands.
