//! The same bytes as ours, written and read by hand in safe Rust: what somebody would write who
//! has this one message and knows what it looks like.

use crate::message::{Kind, KindView, Mod, ModView};

pub fn encode(mods: &[Mod], to: &mut Vec<u8>) {
    put_len(mods.len(), to);
    for item in mods {
        put_text(&item.id, to);
        put_text(&item.name, to);
        to.push(u8::from(item.author.is_some()));
        if let Some(author) = &item.author {
            put_text(author, to);
        }
        let mut fixed = [0; 27];
        for (slot, number) in fixed.chunks_exact_mut(2).zip(item.version) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
        fixed[6..14].copy_from_slice(&item.size.to_le_bytes());
        fixed[14..22].copy_from_slice(&item.changed.to_le_bytes());
        fixed[22..26].copy_from_slice(&item.priority.to_le_bytes());
        fixed[26] = u8::from(item.enabled);
        to.extend_from_slice(&fixed);
        match &item.kind {
            Kind::Native => to.push(0),
            Kind::Managed { entry } => {
                to.push(1);
                put_text(entry, to);
            }
            Kind::Files(count) => {
                to.push(2);
                to.extend_from_slice(&count.to_le_bytes());
            }
        }
        put_len(item.needs.len(), to);
        for need in &item.needs {
            to.extend_from_slice(&need.to_le_bytes());
        }
    }
}

fn put_text(text: &str, to: &mut Vec<u8>) {
    put_len(text.len(), to);
    to.extend_from_slice(text.as_bytes());
}

fn put_len(len: usize, to: &mut Vec<u8>) {
    let mut rest = len;
    while rest >= 0x80 {
        to.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    to.push(rest as u8);
}

/// Bytes that are left.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn len(&mut self) -> Option<usize> {
        let (mut len, mut shift) = (0, 0);
        loop {
            let [byte] = self.take()?;
            len |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(len);
            }
            shift += 7;
            if shift > 28 {
                return None;
            }
        }
    }

    fn text(&mut self) -> Option<&'a str> {
        let len = self.len()?;
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        str::from_utf8(head).ok()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.take()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    /// The count of things that take at least `least` bytes each.
    fn count(&mut self, least: usize) -> Option<usize> {
        self.len().filter(|len| len * least <= self.0.len())
    }

    fn item(&mut self) -> Option<ModView<'a>> {
        let id = self.text()?;
        let name = self.text()?;
        let author = if self.flag()? { Some(self.text()?) } else { None };
        let fixed: [u8; 26] = self.take()?;
        let version = [0, 2, 4].map(|at| u16::from_le_bytes([fixed[at], fixed[at + 1]]));
        let eight = |at: usize| fixed[at..at + 8].first_chunk().copied();
        let size = u64::from_le_bytes(eight(6)?);
        let changed = i64::from_le_bytes(eight(14)?);
        let priority = f32::from_le_bytes([fixed[22], fixed[23], fixed[24], fixed[25]]);
        let enabled = self.flag()?;
        let kind = match self.take()? {
            [0] => KindView::Native,
            [1] => KindView::Managed { entry: self.text()? },
            [2] => KindView::Files(u32::from_le_bytes(self.take()?)),
            _ => return None,
        };
        let count = self.count(4)?;
        let (block, rest) = self.0.split_at_checked(count * 4)?;
        self.0 = rest;
        let needs = block.as_chunks().0.iter().map(|need| u32::from_le_bytes(*need)).collect();
        Some(ModView { id, name, author, version, size, changed, priority, enabled, kind, needs })
    }
}

pub fn view(bytes: &[u8]) -> Option<Vec<ModView<'_>>> {
    let mut rest = Rest(bytes);
    let count = rest.count(36)?;
    let mut mods = Vec::with_capacity(count);
    for _ in 0..count {
        mods.push(rest.item()?);
    }
    rest.0.is_empty().then_some(mods)
}

pub fn decode(bytes: &[u8]) -> Option<Vec<Mod>> {
    let mut rest = Rest(bytes);
    let count = rest.count(36)?;
    let mut mods = Vec::with_capacity(count);
    for _ in 0..count {
        let item = rest.item()?;
        mods.push(Mod {
            id: item.id.to_owned(),
            name: item.name.to_owned(),
            author: item.author.map(str::to_owned),
            version: item.version,
            size: item.size,
            changed: item.changed,
            priority: item.priority,
            enabled: item.enabled,
            kind: match item.kind {
                KindView::Native => Kind::Native,
                KindView::Managed { entry } => Kind::Managed { entry: entry.to_owned() },
                KindView::Files(count) => Kind::Files(count),
            },
            needs: item.needs,
        });
    }
    rest.0.is_empty().then_some(mods)
}
