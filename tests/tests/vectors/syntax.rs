//! As much of Rust's syntax as WIRE.md declares its types and its service in.

/// What the document's Rust blocks declare.
#[derive(Default)]
pub struct Declarations {
    pub types: Vec<(String, Body)>,
    pub methods: Vec<Method>,
}

pub enum Body {
    Struct(Fields),
    Enum(Vec<Variant>),
}

pub struct Variant {
    pub name: String,
    pub tag: u64,
    pub fields: Fields,
}

/// Names and types, in order.
pub struct Fields(pub Vec<(String, Type)>);

impl Fields {
    /// Those of a tuple.
    pub fn unnamed(types: &[Type]) -> Fields {
        Fields(types.iter().enumerate().map(|(i, ty)| (i.to_string(), ty.clone())).collect())
    }
}

#[derive(Clone, Debug)]
pub enum Type {
    Named(String, Vec<Type>),
    Tuple(Vec<Type>),
    Array(Box<Type>, u64),
    Slice(Box<Type>),
    Reference(Box<Type>),
}

pub struct Method {
    pub name: String,
    pub arguments: Vec<Type>,
    /// `None`: it is never answered.
    pub returns: Option<Type>,
}

/// Reads a type that stands alone.
pub fn read_type(text: &str) -> Type {
    let mut parser = Parser::new(text);
    let ty = parser.ty();
    assert!(parser.rest.is_empty(), "`{text}` goes on after its type");
    ty
}

/// Reads structs, enums and traits.
pub fn read_declarations(text: &str) -> Declarations {
    let mut parser = Parser::new(text);
    let mut declarations = Declarations::default();
    while !parser.rest.is_empty() {
        let (kind, name) = (parser.take(), parser.take());
        match kind.as_str() {
            "struct" => {
                let fields = parser.fields();
                parser.accept(";");
                declarations.types.push((name, Body::Struct(fields)));
            }
            "enum" => declarations.types.push((name, Body::Enum(parser.variants()))),
            "trait" => declarations.methods.extend(parser.methods()),
            _ => panic!("`{kind} {name}` is no declaration"),
        }
    }
    declarations
}

struct Parser {
    /// What is still to be read, the next token last.
    rest: Vec<String>,
}

impl Parser {
    fn new(text: &str) -> Parser {
        let mut tokens: Vec<String> = Vec::new();
        let mut word = false;
        for char in text.chars() {
            let continues = word && (char.is_alphanumeric() || char == '_');
            word = char.is_alphanumeric() || char == '_';
            match tokens.last_mut() {
                Some(last) if continues => last.push(char),
                _ if !char.is_whitespace() => tokens.push(char.into()),
                _ => {}
            }
        }
        tokens.reverse();
        Parser { rest: tokens }
    }

    fn peek(&self) -> &str {
        self.rest.last().map_or("", String::as_str)
    }

    fn take(&mut self) -> String {
        self.rest.pop().expect("WIRE.md's Rust does not stop in the middle")
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        if found {
            self.rest.pop();
        }
        found
    }

    fn expect(&mut self, token: &str) {
        let found = self.take();
        assert_eq!(found, token, "before {:?}", self.rest.iter().rev().take(8).collect::<Vec<_>>());
    }

    fn number(&mut self) -> u64 {
        let text = self.take();
        text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
    }

    /// What stands between here and `end`, with commas between and perhaps one behind.
    fn list<T>(&mut self, end: &str, mut each: impl FnMut(&mut Parser) -> T) -> Vec<T> {
        let mut items = Vec::new();
        while !self.accept(end) {
            items.push(each(self));
            if self.peek() != end {
                self.expect(",");
            }
        }
        items
    }

    fn ty(&mut self) -> Type {
        if self.accept("&") {
            return Type::Reference(Box::new(self.ty()));
        }
        if self.accept("(") {
            return Type::Tuple(self.list(")", Parser::ty));
        }
        if self.accept("[") {
            let element = Box::new(self.ty());
            if self.accept("]") {
                return Type::Slice(element);
            }
            self.expect(";");
            let len = self.number();
            self.expect("]");
            return Type::Array(element, len);
        }
        let name = self.take();
        let arguments = if self.accept("<") { self.list(">", Parser::ty) } else { Vec::new() };
        Type::Named(name, arguments)
    }

    fn fields(&mut self) -> Fields {
        if self.accept("(") {
            return Fields::unnamed(&self.list(")", Parser::ty));
        }
        if self.accept("{") {
            return Fields(self.list("}", Parser::named));
        }
        Fields(Vec::new())
    }

    fn named(&mut self) -> (String, Type) {
        let name = self.take();
        self.expect(":");
        (name, self.ty())
    }

    fn variants(&mut self) -> Vec<Variant> {
        self.expect("{");
        let mut next = 0;
        self.list("}", |parser| {
            let option = parser.option();
            let tag = if option.as_deref() == Some("tag") {
                parser.expect("=");
                let tag = parser.number();
                parser.expect(")");
                parser.expect("]");
                tag
            } else {
                next
            };
            next = tag + 1;
            Variant { name: parser.take(), tag, fields: parser.fields() }
        })
    }

    fn methods(&mut self) -> Vec<Method> {
        self.expect("{");
        let mut methods = Vec::new();
        while !self.accept("}") {
            methods.push(self.method());
        }
        methods
    }

    fn method(&mut self) -> Method {
        let option = self.option();
        if option.is_some() {
            self.expect(")");
            self.expect("]");
        }
        self.expect("fn");
        let name = self.take();
        for token in ["(", "&", "mut", "self"] {
            self.expect(token);
        }
        self.accept(",");
        let mut arguments: Vec<_> =
            self.list(")", Parser::named).into_iter().map(|(_, ty)| ty).collect();
        let mut returns = Type::Tuple(Vec::new());
        if self.accept("-") {
            self.expect(">");
            returns = self.ty();
        }
        self.expect(";");
        if option.as_deref() == Some("deferred") {
            returns = match arguments.pop() {
                Some(Type::Named(_, mut carried)) if carried.len() == 1 => carried.remove(0),
                last => panic!("`{name}` is deferred and ends in {last:?}"),
            };
        }
        let returns = (option.as_deref() != Some("oneway")).then_some(returns);
        Method { name, arguments, returns }
    }

    /// The first word in an `#[ipc(..)]`, if there is one.
    fn option(&mut self) -> Option<String> {
        if !self.accept("#") {
            return None;
        }
        for token in ["[", "ipc", "("] {
            self.expect(token);
        }
        Some(self.take())
    }
}
