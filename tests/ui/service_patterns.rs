use ipc_runtime::service;

struct Point {
    x: u8,
    y: u8,
}

#[service]
trait Loader {
    fn tuple(&mut self, (a, b): (u8, u8)) {
        let _ = (a, b);
    }
    fn structure(&mut self, Point { x, y }: Point) {
        let _ = (x, y);
    }
    fn reference(&mut self, &a: &u8) {
        let _ = a;
    }
    fn path(&mut self, std::ops::Range { start, end }: std::ops::Range<u8>) {
        let _ = (start, end);
    }
    fn mutable(&mut self, mut a: u8) {
        a += 1;
        let _ = a;
    }
    fn unnamed(&mut self, _: u8);
}

fn main() {}
