//! capnp-rpc: an interface of two methods over TCP on a current-thread runtime.

#[path = "../../methods.rs"]
mod methods;

mod two_capnp {
    include!(concat!(env!("OUT_DIR"), "/two_capnp.rs"));
}

use std::process::ExitCode;
use std::rc::Rc;

use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::{RpcSystem, twoparty};
use futures::io::{BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{LocalSet, spawn_local};
use tokio_util::compat::TokioAsyncReadCompatExt;
use two_capnp::two;

struct Here;

impl two::Server for Here {
    async fn add(
        self: Rc<Self>,
        params: two::AddParams,
        mut results: two::AddResults,
    ) -> Result<(), capnp::Error> {
        let params = params.get()?;
        results.get().set_sum(params.get_a().wrapping_add(params.get_b()));
        Ok(())
    }

    async fn hello(
        self: Rc<Self>,
        params: two::HelloParams,
        mut results: two::HelloResults,
    ) -> Result<(), capnp::Error> {
        let mut greeting = String::from("hello ");
        greeting.push_str(params.get()?.get_name()?.to_str()?);
        results.get().set_greeting(&greeting[..]);
        Ok(())
    }
}

fn main() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    match LocalSet::new().block_on(&runtime, run()) {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

async fn run() -> Result<bool, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(methods::LOCAL).await?;
    let address = listener.local_addr()?;
    spawn_local(async move {
        let served: two::Client = capnp_rpc::new_client(Here);
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let network = network(stream, Side::Server);
            spawn_local(RpcSystem::new(network, Some(served.clone().client)));
        }
    });
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut system = RpcSystem::new(network(stream, Side::Client), None);
    let client: two::Client = system.bootstrap(Side::Server);
    spawn_local(system);

    let mut call = client.add_request();
    call.get().set_a(2);
    call.get().set_b(40);
    let sum = call.send().promise.await?.get()?.get_sum();
    let mut call = client.hello_request();
    call.get().set_name("world");
    let reply = call.send().promise.await?;
    Ok(sum == 42 && reply.get()?.get_greeting()? == "hello world")
}

fn network(stream: TcpStream, side: Side) -> Box<dyn capnp_rpc::VatNetwork<Side>> {
    let (reader, writer) = futures::AsyncReadExt::split(stream.compat());
    Box::new(twoparty::VatNetwork::new(
        BufReader::new(reader),
        BufWriter::new(writer),
        side,
        Default::default(),
    ))
}
