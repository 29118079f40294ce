//! A broker behind a proxy: clients are told the proxy's address, the other brokers the broker's own.

use super::broker::Place;
use crate::proxy::Proxy;

/// What the broker's configuration says beside the usual; a later line wins over an earlier one.
pub(super) fn lines(place: &Place, proxy: &Proxy) -> String {
    let Place { port, controller_port, internal_port, .. } = place;
    format!(
        "listeners=PLAINTEXT://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal_port},\
         CONTROLLER://127.0.0.1:{controller_port}\n\
         advertised.listeners=PLAINTEXT://{},INTERNAL://127.0.0.1:{internal_port}\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,\
         CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=INTERNAL\n",
        proxy.address(),
    )
}
