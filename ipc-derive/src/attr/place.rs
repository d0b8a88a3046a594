//! Which option belongs where. Adding one starts with a row in `KNOWN`.

/// What an option can be written on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Type,
    Field,
    Variant,
    /// A trait, where options are written in `#[service(..)]` itself.
    Service,
    Method,
    Argument,
    /// Where none belongs: generic parameters, receivers.
    Nowhere,
}

/// How an option is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `oneway`
    Flag,
    /// `name = "old"`
    Text,
    /// `bound = "T: Trait"`
    Predicates,
    /// `tag = 3`
    Number,
    /// `crate = path::to`
    Path,
}

impl Form {
    /// What a value of this form is, for one who wrote another.
    pub(super) fn description(self) -> &'static str {
        match self {
            Form::Flag => "takes no value",
            Form::Text => "is a text without escapes",
            Form::Predicates => "is a text that holds what may follow `where`",
            Form::Number => "is a number up to 4294967295",
            Form::Path => "is a path without quotes",
        }
    }
}

struct Known {
    place: Place,
    name: &'static str,
    form: Form,
    /// The whole option, as a user would write it.
    example: &'static str,
}

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    Known { place: Place::Type, name: "name", form: Form::Text, example: "name = \"Old\"" },
    Known { place: Place::Type, name: "bound", form: Form::Predicates, example: "bound = \"T: Trait\"" },
    Known { place: Place::Type, name: "crate", form: Form::Path, example: "crate = path::to" },
    Known { place: Place::Field, name: "name", form: Form::Text, example: "name = \"old\"" },
    Known { place: Place::Field, name: "recursive", form: Form::Flag, example: "recursive" },
    Known { place: Place::Variant, name: "name", form: Form::Text, example: "name = \"Old\"" },
    Known { place: Place::Variant, name: "tag", form: Form::Number, example: "tag = 3" },
    Known { place: Place::Service, name: "name", form: Form::Text, example: "name = \"Old\"" },
    Known { place: Place::Service, name: "crate", form: Form::Path, example: "crate = path::to" },
    Known { place: Place::Method, name: "name", form: Form::Text, example: "name = \"old\"" },
    Known { place: Place::Method, name: "oneway", form: Form::Flag, example: "oneway" },
    Known { place: Place::Method, name: "deferred", form: Form::Flag, example: "deferred" },
    Known { place: Place::Method, name: "idempotent", form: Form::Flag, example: "idempotent" },
    Known { place: Place::Argument, name: "peer", form: Form::Flag, example: "peer" },
];

impl Place {
    /// "a variant"
    fn noun(self) -> &'static str {
        match self {
            Place::Type => "a struct or enum",
            Place::Field => "a field",
            Place::Variant => "a variant",
            Place::Service => "`#[service(..)]`",
            Place::Method => "a method of a service",
            Place::Argument => "an argument of a method",
            Place::Nowhere => "this place",
        }
    }

    /// "a field takes `name = "old"` and `recursive`"
    pub(super) fn takes(self) -> String {
        let examples: Vec<_> = self.known().map(|known| format!("`{}`", known.example)).collect();
        let list = if examples.is_empty() { "none".into() } else { listed(&examples, "and") };
        format!("{} takes {list}", self.noun())
    }

    /// An option that can be written here.
    pub(super) fn example(self) -> &'static str {
        self.known().next().map_or("..", |known| known.example)
    }

    /// How the option is written, or what to say to one who wrote it here.
    pub(super) fn form(self, name: &str) -> Result<(Form, &'static str), String> {
        if let Some(known) = self.known().find(|known| known.name == name) {
            return Ok((known.form, known.example));
        }
        let elsewhere: Vec<_> = KNOWN
            .iter()
            .filter(|known| known.name == name)
            .map(|known| known.place.noun().to_owned())
            .collect();
        let alike = self.known().find(|known| is_slip(name, known.name));
        let hint = match alike {
            _ if !elsewhere.is_empty() => {
                format!("`{name}` belongs on {};", listed(&elsewhere, "or"))
            }
            Some(known) => format!("there is no option `{name}`: did you mean `{}`?", known.name),
            None => format!("there is no option `{name}`;"),
        };
        Err(format!("{hint} {}", self.takes()))
    }

    fn known(self) -> impl Iterator<Item = &'static Known> {
        KNOWN.iter().filter(move |known| known.place == self)
    }
}

/// "a, b and c"
fn listed(parts: &[String], conjunction: &str) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// Whether `written` looks like a slip of the hand for `meant`: at most two letters were lost,
/// added, changed or swapped, and no more than half of the word.
fn is_slip(written: &str, meant: &str) -> bool {
    let written = written.to_ascii_lowercase().replace(['_', '-'], "");
    let distance = distance(&written, meant);
    distance <= 2 && distance * 2 <= meant.len()
}

/// The Levenshtein distance, one row of the table at a time.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (above, to) in row.iter_mut().skip(1).zip(b.chars()) {
            let best = (diagonal + usize::from(from != to)).min(left + 1).min(*above + 1);
            diagonal = std::mem::replace(above, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, is_slip};

    #[test]
    fn distance_counts_single_letter_edits() {
        assert_eq!(distance("", "tag"), 3);
        assert_eq!(distance("tag", "tag"), 0);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("onway", "oneway"), 1);
    }

    #[test]
    fn only_near_misses_are_slips() {
        assert!(is_slip("one_way", "oneway"));
        assert!(is_slip("idempotant", "idempotent"));
        assert!(is_slip("tags", "tag"));
        assert!(is_slip("nmae", "name"));
        assert!(!is_slip("id", "tag"));
        assert!(!is_slip("skip", "name"));
    }
}
