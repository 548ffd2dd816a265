// What a function gives whose type is `impl Iterator`: its own iterator or a mutant's, in one type.

/// An iterator of a function that has mutants.
#[derive(Clone, Debug)]
pub enum Given<O: Iterator> {
    /// What a mutant gives instead.
    Mutant(std::vec::IntoIter<O::Item>),
    /// The function's own.
    Own(O),
}

/// What the function itself gives.
#[inline(always)]
pub fn own<O: Iterator>(own: O) -> Given<O> {
    Given::Own(own)
}

/// What a mutant gives: nothing or one item.
pub fn given<O: Iterator>(given: impl Iterator<Item = O::Item>) -> Given<O> {
    Given::Mutant(given.collect::<Vec<_>>().into_iter())
}

macro_rules! either {
    ($on:expr, $with:ident => $do:expr) => {
        match $on {
            Given::Mutant($with) => $do,
            Given::Own($with) => $do,
        }
    };
}

impl<O: Iterator> Iterator for Given<O> {
    type Item = O::Item;

    #[inline]
    fn next(&mut self) -> Option<O::Item> {
        either!(self, i => i.next())
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        either!(self, i => i.size_hint())
    }

    fn count(self) -> usize {
        either!(self, i => i.count())
    }

    fn last(self) -> Option<O::Item> {
        either!(self, i => i.last())
    }

    fn nth(&mut self, n: usize) -> Option<O::Item> {
        either!(self, i => i.nth(n))
    }

    fn fold<B, F: FnMut(B, O::Item) -> B>(self, init: B, f: F) -> B {
        either!(self, i => i.fold(init, f))
    }
}

impl<O: DoubleEndedIterator> DoubleEndedIterator for Given<O> {
    #[inline]
    fn next_back(&mut self) -> Option<O::Item> {
        either!(self, i => i.next_back())
    }

    fn nth_back(&mut self, n: usize) -> Option<O::Item> {
        either!(self, i => i.nth_back(n))
    }

    fn rfold<B, F: FnMut(B, O::Item) -> B>(self, init: B, f: F) -> B {
        either!(self, i => i.rfold(init, f))
    }
}

impl<O: ExactSizeIterator> ExactSizeIterator for Given<O> {
    #[inline]
    fn len(&self) -> usize {
        either!(self, i => i.len())
    }
}

impl<O: std::iter::FusedIterator> std::iter::FusedIterator for Given<O> {}
