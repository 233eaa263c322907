//! Sets of keys that are small in memory: a large HaloPSA has millions, nearly all of them plain numbers.

use warehouse::Key;

/// Keys in ascending order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    numbers: Vec<i64>,
    /// Pairs and texts, which come after the numbers.
    others: Vec<Key>,
}

impl Keys {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers.len() + self.others.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many lie before this one; `None` when it is not among them.
    pub fn place(&self, key: &Key) -> Option<usize> {
        match key {
            Key::Int(number) => self.numbers.binary_search(number).ok(),
            other => self.others.binary_search(other).ok().map(|place| self.numbers.len() + place),
        }
    }

    /// Whether it is among them.
    pub fn contains(&self, key: &Key) -> bool {
        self.place(key).is_some()
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Key> {
        self.numbers.iter().map(|number| Key::Int(*number)).chain(self.others.iter().cloned())
    }

    /// Those that are not among the others.
    pub fn without(&self, others: &Self) -> impl Iterator<Item = Key> {
        self.iter().filter(|key| !others.contains(key))
    }
}

/// Keys as they come, in any order and repeatedly.
#[derive(Debug, Default)]
pub struct Gathered {
    numbers: Vec<i64>,
    others: Vec<Key>,
}

impl Extend<Key> for Gathered {
    fn extend<I: IntoIterator<Item = Key>>(&mut self, keys: I) {
        for key in keys {
            match key {
                Key::Int(number) => self.numbers.push(number),
                other => self.others.push(other),
            }
        }
    }
}

impl From<Gathered> for Keys {
    fn from(Gathered { mut numbers, mut others }: Gathered) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        others.sort_unstable();
        others.dedup();
        Self { numbers, others }
    }
}

impl FromIterator<Key> for Keys {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        let mut gathered = Gathered::default();
        gathered.extend(keys);
        gathered.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_all_kinds_stand_in_their_order_once() {
        let given =
            [Key::Text("b".into()), Key::Int(3), Key::Pair(1, 2), Key::Int(-1), Key::Int(3), Key::Text("a".into())];
        let keys: Keys = given.iter().cloned().collect();
        let mut expected = given.to_vec();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(keys.iter().collect::<Vec<_>>(), expected);
        for (place, key) in expected.iter().enumerate() {
            assert_eq!(keys.place(key), Some(place));
        }
        assert_eq!((keys.len(), keys.contains(&Key::Int(4))), (5, false));
        let some: Keys = expected[..2].iter().cloned().collect();
        assert_eq!(keys.without(&some).collect::<Vec<_>>(), expected[2..]);
    }
}
