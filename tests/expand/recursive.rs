use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
struct Node {
    children: Vec<Node>,
}

#[derive(Encode, Decode)]
enum Tree<T> {
    Leaf(T),
    Branch(Option<Box<Tree<T>>>, Box<(Self, Self)>),
}

#[derive(Encode, Decode)]
struct Folder {
    #[ipc(recursive)]
    files: Vec< File >,
}
