//! Writes the messages and stubs of those that generate them; capnp-rpc needs the `capnp` compiler.

use std::env;
use std::fs;
use std::path::Path;

use ttrpc_codegen::Codegen;

const PROTO: &str = "schema/bench.proto";
const CAPNP: &str = "schema/bench.capnp";

fn main() {
    println!("cargo:rerun-if-changed=schema");
    let out = env::var("OUT_DIR").unwrap();
    capnp();
    tonic();
    ttrpc(&Path::new(&out).join("ttrpc"));
}

fn capnp() {
    capnpc::CompilerCommand::new()
        .src_prefix("schema")
        .file(CAPNP)
        .default_parent_module(vec![String::from("capnp")])
        .run()
        .unwrap();
}

fn tonic() {
    let parsed = protox::compile([PROTO], ["schema"]).unwrap();
    tonic_prost_build::configure().compile_fds(parsed).unwrap();
}

fn ttrpc(out: &Path) {
    fs::create_dir_all(out).unwrap();
    Codegen::new().out_dir(out).input(PROTO).include("schema").rust_protobuf().run().unwrap();
    // An included file may not begin with attributes of its module.
    for name in ["bench.rs", "bench_ttrpc.rs"] {
        let path = out.join(name);
        let text = fs::read_to_string(&path).unwrap();
        let lines =
            text.lines().filter(|line| !line.starts_with("#![") && !line.starts_with("//!"));
        fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    }
}
