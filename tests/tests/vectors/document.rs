//! WIRE.md as test data: its blocks of vectors, and the types that it declares.

/// The document itself.
pub const TEXT: &str = include_str!("../../../ipc-core/WIRE.md");

/// One line of a block, its cells parted by `|`.
pub struct Vector {
    /// Where it stands in the document.
    pub line: usize,
    cells: Vec<&'static str>,
}

impl Vector {
    /// The cells, of which there must be `N`.
    pub fn cells<const N: usize>(&self) -> [&'static str; N] {
        match self.cells.as_slice().try_into() {
            Ok(cells) => cells,
            Err(_) => panic!("WIRE.md:{}: {} cells instead of {N}", self.line, self.cells.len()),
        }
    }
}

/// The lines of the blocks of this name. There is at least one block, and none is empty.
pub fn vectors(name: &str) -> Vec<Vector> {
    let blocks = blocks();
    let ours: Vec<_> = blocks.into_iter().filter(|block| block.name == name).collect();
    assert!(!ours.is_empty(), "WIRE.md has no block of `{name}` vectors");
    for block in &ours {
        assert!(!block.vectors.is_empty(), "WIRE.md:{}: an empty block of vectors", block.line);
    }
    ours.into_iter().flat_map(|block| block.vectors).collect()
}

/// The names of all blocks of vectors.
pub fn names() -> Vec<&'static str> {
    blocks().into_iter().map(|block| block.name).collect()
}

/// The text of the blocks of Rust.
pub fn declarations() -> String {
    let mut text = String::new();
    let mut inside = false;
    for line in TEXT.lines() {
        match line.strip_prefix("```") {
            Some(kind) => inside = kind == "rust",
            None if inside => text.extend([line, "\n"]),
            None => {}
        }
    }
    text
}

/// Bytes written as hexadecimal digits in pairs.
pub fn bytes(vector: &Vector, text: &str) -> Vec<u8> {
    let byte = |pair| match u8::from_str_radix(pair, 16) {
        Ok(byte) if pair.len() == 2 => byte,
        _ => panic!("WIRE.md:{}: `{pair}` is no byte", vector.line),
    };
    text.split_whitespace().map(byte).collect()
}

/// The bytes as the document writes them.
pub fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

struct Block {
    name: &'static str,
    line: usize,
    vectors: Vec<Vector>,
}

fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for (line, text) in (1..).zip(TEXT.lines()) {
        if let Some(kind) = text.strip_prefix("```") {
            inside = kind.starts_with("vectors");
            if inside {
                let name = kind.trim_start_matches("vectors").trim();
                blocks.push(Block { name, line, vectors: Vec::new() });
            }
        } else if inside && let Some(block) = blocks.last_mut() {
            let cells = text.split('|').map(str::trim).collect();
            block.vectors.push(Vector { line, cells });
        }
    }
    blocks
}
