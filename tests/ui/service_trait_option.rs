use ipc_runtime::service;

#[service(nme = "Old", rename = "Older")]
trait One {
    fn load(&mut self);
}

#[service(oneway)]
trait Two {
    fn load(&mut self);
}

#[service("Old")]
trait Three {
    fn load(&mut self);
}

#[service(name = Old)]
trait Four {
    fn load(&mut self);
}

fn main() {}
