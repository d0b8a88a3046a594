//! ttrpc, the sync one, over the Unix socket that it is made for. A call blocks its thread, so that many
//! under way at once would be as many threads.

#[allow(warnings, reason = "generated")]
mod bench {
    include!(concat!(env!("OUT_DIR"), "/ttrpc/bench.rs"));
}
#[allow(warnings, reason = "generated")]
mod bench_ttrpc {
    include!(concat!(env!("OUT_DIR"), "/ttrpc/bench_ttrpc.rs"));
}

use std::env;
use std::process;
use std::sync::Arc;
use std::thread;

use bench::{Bytes, Sum, Terms};
use bench_ttrpc::{Bench, BenchClient, create_bench};
use driver::Side;
use ttrpc::context;
use ttrpc::sync::{Client, Server, TtrpcContext};

struct Here;

impl Bench for Here {
    fn add(&self, _: &TtrpcContext, call: Terms) -> ttrpc::Result<Sum> {
        Ok(Sum { sum: call.a.wrapping_add(call.b), ..Default::default() })
    }

    fn echo(&self, _: &TtrpcContext, call: Bytes) -> ttrpc::Result<Bytes> {
        Ok(call)
    }
}

pub fn serve() {
    let path = env::temp_dir().join(format!("ttrpc-{}", process::id()));
    let address = format!("unix://{}", path.display());
    let server = Server::new().bind(&address).expect("a new path");
    let mut server = server.register_service(create_bench(Arc::new(Here)));
    server.start().expect("its threads");
    println!("{address}");
    // Its own threads serve until the process ends.
    loop {
        thread::park();
    }
}

struct Ttrpc {
    client: BenchClient,
}

pub fn connect(address: &str) -> Box<dyn Side> {
    Box::new(Ttrpc { client: BenchClient::new(Client::connect(address).expect("a server")) })
}

impl Side for Ttrpc {
    fn add(&mut self) {
        let call = Terms { a: 2, b: 40, ..Default::default() };
        let sum = self.client.add(context::Context::default(), &call);
        assert_eq!(sum.expect("an answer").sum, 42);
    }

    fn echo(&mut self, payload: &[u8]) {
        let call = Bytes { payload: payload.to_vec(), ..Default::default() };
        let echo = self.client.echo(context::Context::default(), &call);
        assert_eq!(echo.expect("an answer").payload.len(), payload.len());
    }

    fn batch(&mut self, calls: usize) {
        (0..calls).for_each(|_| self.add());
    }
}
