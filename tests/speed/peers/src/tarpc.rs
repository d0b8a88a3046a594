//! tarpc over TCP with bincode.

use std::net::SocketAddr;

use driver::Side;
use futures::StreamExt;
use futures::future::join_all;
use serde_bytes::ByteBuf;
use tarpc::server::{BaseChannel, Channel, Config};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::{client, context, serde_transport};
use tokio::runtime::Runtime;

/// Room for the largest batch; the default is 100.
const IN_FLIGHT: usize = 2048;

#[tarpc::service]
trait Bench {
    async fn add(a: u32, b: u32) -> u32;
    async fn echo(payload: ByteBuf) -> ByteBuf;
}

#[derive(Clone)]
struct Here;

impl Bench for Here {
    async fn add(self, _: context::Context, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    async fn echo(self, _: context::Context, payload: ByteBuf) -> ByteBuf {
        payload
    }
}

pub fn serve() {
    crate::runtime().block_on(async {
        let local = ("127.0.0.1", 0);
        let mut listener =
            serde_transport::tcp::listen(local, Bincode::default).await.expect("a free port");
        println!("{}", listener.local_addr());
        while let Some(Ok(transport)) = listener.next().await {
            transport.get_ref().set_nodelay(true).expect("a socket");
            let config = Config { pending_response_buffer: IN_FLIGHT };
            let calls = BaseChannel::new(config, transport).execute(Here.serve());
            tokio::spawn(calls.for_each(|call| async {
                tokio::spawn(call);
            }));
        }
    });
}

struct Tarpc {
    runtime: Runtime,
    client: BenchClient,
}

pub fn connect(address: &str) -> Box<dyn Side> {
    let address: SocketAddr = address.parse().expect("an address");
    let runtime = crate::runtime();
    let client = runtime.block_on(async {
        let transport =
            serde_transport::tcp::connect(address, Bincode::default).await.expect("a server");
        transport.get_ref().set_nodelay(true).expect("a socket");
        let mut config = client::Config::default();
        config.max_in_flight_requests = IN_FLIGHT;
        config.pending_request_buffer = IN_FLIGHT;
        BenchClient::new(config, transport).spawn()
    });
    Box::new(Tarpc { runtime, client })
}

impl Side for Tarpc {
    fn add(&mut self) {
        let sum = self.runtime.block_on(self.client.add(context::current(), 2, 40));
        assert_eq!(sum.expect("an answer"), 42);
    }

    fn echo(&mut self, payload: &[u8]) {
        let echo =
            self.runtime.block_on(self.client.echo(context::current(), ByteBuf::from(payload)));
        assert_eq!(echo.expect("an answer").len(), payload.len());
    }

    fn batch(&mut self, calls: usize) {
        let all = (0..calls).map(|_| self.client.add(context::current(), 2, 40));
        for sum in self.runtime.block_on(join_all(all)) {
            assert_eq!(sum.expect("an answer"), 42);
        }
    }
}
