use ipc_runtime::{PeerHandle, Server, service};

#[service]
trait Plugin {
    fn format(&mut self, text: &str) -> String;
}

fn started(handle: &mut PeerHandle) {
    let _ = PluginCalls::new(handle).format("text");
}

fn called(server: &mut Server) {
    let _ = PluginClient::new(server).format("text");
}

fn main() {}
