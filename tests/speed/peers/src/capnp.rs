//! capnp-rpc over TCP.

#[allow(warnings, reason = "generated")]
mod bench_capnp {
    include!(concat!(env!("OUT_DIR"), "/bench_capnp.rs"));
}

use std::rc::Rc;

use bench_capnp::bench;
use capnp_rpc::{RpcSystem, rpc_twoparty_capnp, twoparty};
use driver::Side;
use futures::AsyncReadExt;
use futures::future::join_all;
use futures::io::{BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::{LocalSet, spawn_local};
use tokio_util::compat::TokioAsyncReadCompatExt;

struct Here;

impl bench::Server for Here {
    async fn add(
        self: Rc<Self>,
        params: bench::AddParams,
        mut results: bench::AddResults,
    ) -> Result<(), capnp::Error> {
        let params = params.get()?;
        results.get().set_sum(params.get_a().wrapping_add(params.get_b()));
        Ok(())
    }

    async fn echo(
        self: Rc<Self>,
        params: bench::EchoParams,
        mut results: bench::EchoResults,
    ) -> Result<(), capnp::Error> {
        results.get().set_payload(params.get()?.get_payload()?);
        Ok(())
    }
}

pub fn serve() {
    LocalSet::new().block_on(&crate::runtime(), async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("its address"));
        let served: bench::Client = capnp_rpc::new_client(Here);
        while let Ok((stream, _)) = listener.accept().await {
            let network = network(stream, rpc_twoparty_capnp::Side::Server);
            spawn_local(RpcSystem::new(network, Some(served.clone().client)));
        }
    });
}

fn network(
    stream: TcpStream,
    side: rpc_twoparty_capnp::Side,
) -> Box<twoparty::VatNetwork<impl futures::AsyncRead>> {
    stream.set_nodelay(true).expect("a socket");
    let (reader, writer) = stream.compat().split();
    let (reader, writer) = (BufReader::new(reader), BufWriter::new(writer));
    Box::new(twoparty::VatNetwork::new(reader, writer, side, Default::default()))
}

struct Capnp {
    client: bench::Client,
    tasks: LocalSet,
    runtime: Runtime,
}

pub fn connect(address: &str) -> Box<dyn Side> {
    let (runtime, tasks) = (crate::runtime(), LocalSet::new());
    let client = tasks.block_on(&runtime, async {
        let stream = TcpStream::connect(address).await.expect("a server");
        let network = network(stream, rpc_twoparty_capnp::Side::Client);
        let mut system = RpcSystem::new(network, None);
        let client = system.bootstrap(rpc_twoparty_capnp::Side::Server);
        spawn_local(system);
        client
    });
    Box::new(Capnp { client, tasks, runtime })
}

impl Side for Capnp {
    fn add(&mut self) {
        self.batch(1);
    }

    fn echo(&mut self, payload: &[u8]) {
        let len = self.tasks.block_on(&self.runtime, async {
            let mut call = self.client.echo_request();
            call.get().set_payload(payload);
            let answer = call.send().promise.await.expect("an answer");
            answer.get().and_then(|answer| answer.get_payload()).expect("a payload").len()
        });
        assert_eq!(len, payload.len());
    }

    fn batch(&mut self, calls: usize) {
        let all = self.tasks.block_on(&self.runtime, async {
            join_all((0..calls).map(|_| {
                let mut call = self.client.add_request();
                call.get().set_a(2);
                call.get().set_b(40);
                call.send().promise
            }))
            .await
        });
        for answer in all {
            let answer = answer.expect("an answer");
            assert_eq!(answer.get().expect("a sum").get_sum(), 42);
        }
    }
}
