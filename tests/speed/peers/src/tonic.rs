//! tonic, gRPC over TCP.

#[allow(warnings, reason = "generated")]
mod bench {
    include!(concat!(env!("OUT_DIR"), "/bench.rs"));
}

use bench::bench_client::BenchClient;
use bench::bench_server::{Bench, BenchServer};
use bench::{Bytes, Sum, Terms};
use driver::Side;
use futures::future::join_all;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server, Uri};
use tonic::{Request, Response, Status};

/// Room for the largest batch; the default is 200.
const IN_FLIGHT: u32 = 2048;

struct Here;

#[tonic::async_trait]
impl Bench for Here {
    async fn add(&self, call: Request<Terms>) -> Result<Response<Sum>, Status> {
        let Terms { a, b } = call.into_inner();
        Ok(Response::new(Sum { sum: a.wrapping_add(b) }))
    }

    async fn echo(&self, call: Request<Bytes>) -> Result<Response<Bytes>, Status> {
        Ok(Response::new(call.into_inner()))
    }
}

pub fn serve() {
    crate::runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("its address"));
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let mut server = Server::builder().max_concurrent_streams(IN_FLIGHT);
        let server = server.add_service(BenchServer::new(Here));
        server.serve_with_incoming(incoming).await.expect("a socket");
    });
}

struct Tonic {
    runtime: Runtime,
    client: BenchClient<Channel>,
}

pub fn connect(address: &str) -> Box<dyn Side> {
    let runtime = crate::runtime();
    let uri = Uri::builder().scheme("http").authority(address).path_and_query("/");
    let endpoint = Endpoint::from(uri.build().expect("an address"));
    let channel = runtime.block_on(endpoint.tcp_nodelay(true).connect()).expect("a server");
    Box::new(Tonic { runtime, client: BenchClient::new(channel) })
}

impl Side for Tonic {
    fn add(&mut self) {
        let sum = self.runtime.block_on(self.client.add(Terms { a: 2, b: 40 }));
        assert_eq!(sum.expect("an answer").get_ref().sum, 42);
    }

    fn echo(&mut self, payload: &[u8]) {
        let call = Bytes { payload: payload.to_vec() };
        let echo = self.runtime.block_on(self.client.echo(call));
        assert_eq!(echo.expect("an answer").get_ref().payload.len(), payload.len());
    }

    fn batch(&mut self, calls: usize) {
        let all = (0..calls).map(|_| {
            let mut client = self.client.clone();
            async move { client.add(Terms { a: 2, b: 40 }).await }
        });
        for sum in self.runtime.block_on(join_all(all)) {
            assert_eq!(sum.expect("an answer").get_ref().sum, 42);
        }
    }
}
