// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Cells that make mutable statics usable without `unsafe`.
//!
//! - [`StaticCell`] can be borrowed any number of times, one borrow at a time.
//! - [`ClaimOnceCell`] hands out its contents once, for as long as the cell
//!   lives; it is the usual home of a task's large buffers.
//!
//! Debuggers recognise both by their type and field names.

#![cfg_attr(not(test), no_std)]

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, Ordering};

#[allow(unused_imports)]
use armv6m_atomic_hack::AtomicBoolExt;

/// A cell for a static, with borrows tracked at run time.
#[derive(Default)]
pub struct StaticCell<T> {
    borrowed: AtomicBool,
    cell: UnsafeCell<T>,
}

impl<T> StaticCell<T> {
    /// Makes a cell that holds `contents` and is not borrowed.
    pub const fn new(contents: T) -> Self {
        Self {
            borrowed: AtomicBool::new(false),
            cell: UnsafeCell::new(contents),
        }
    }

    /// Borrows the contents, or returns `None` while they are borrowed.
    pub fn try_borrow_mut(&self) -> Option<StaticRef<'_, T>> {
        if self.borrowed.swap(true, Ordering::Acquire) {
            None
        } else {
            Some(StaticRef {
                cell: self,
                _contents: PhantomData,
            })
        }
    }

    /// Borrows the contents.
    ///
    /// # Panics
    /// If they are borrowed already.
    #[track_caller]
    pub fn borrow_mut(&self) -> StaticRef<'_, T> {
        match self.try_borrow_mut() {
            Some(contents) => contents,
            None => panic!(),
        }
    }
}

// SAFETY: the only way to the contents through a shared cell is a
// `StaticRef`, of which `borrowed` admits one at a time. Sharing the cell is
// thus no more than passing a `&mut T` around.
unsafe impl<T> Sync for StaticCell<T> where for<'a> &'a mut T: Send {}

/// The borrowed contents of a [`StaticCell`]; dropping it ends the borrow.
///
/// Like a `&mut T`, it cannot be shared if `T` cannot:
///
/// ```compile_fail
/// use std::cell::Cell;
/// use static_cell::StaticCell;
///
/// static CELL: StaticCell<Cell<u32>> = StaticCell::new(Cell::new(0));
///
/// fn share(_: impl Sync) {}
/// share(CELL.borrow_mut());
/// ```
pub struct StaticRef<'a, T> {
    cell: &'a StaticCell<T>,
    /// This gives out what a `&mut T` gives out, so it may be sent and shared
    /// where that may. The cell, which can be shared more freely, must not
    /// decide it.
    _contents: PhantomData<&'a mut T>,
}

impl<T> Deref for StaticRef<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `borrowed` stays set for as long as this value exists, which
        // makes it the only one for its cell; `&self` excludes `deref_mut`.
        unsafe { &*self.cell.cell.get() }
    }
}

impl<T> DerefMut for StaticRef<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: `borrowed` stays set for as long as this value exists, which
        // makes it the only one for its cell; `&mut self` excludes all other
        // references made through it.
        unsafe { &mut *self.cell.cell.get() }
    }
}

impl<T> Drop for StaticRef<'_, T> {
    fn drop(&mut self) {
        self.cell.borrowed.store(false, Ordering::Release);
    }
}

/// A cell for a static whose contents are taken once, by whoever owns them
/// from then on.
///
/// ```
/// use static_cell::ClaimOnceCell;
///
/// static BUF: ClaimOnceCell<[u8; 64]> = ClaimOnceCell::new([0; 64]);
///
/// let buf: &'static mut [u8; 64] = BUF.claim();
/// # buf[0] = 1;
/// ```
pub struct ClaimOnceCell<T> {
    taken: AtomicBool,
    cell: UnsafeCell<T>,
}

impl<T> ClaimOnceCell<T> {
    /// Makes a cell that holds `value` and has not been claimed.
    pub const fn new(value: T) -> Self {
        Self {
            taken: AtomicBool::new(false),
            cell: UnsafeCell::new(value),
        }
    }

    /// Takes the contents.
    ///
    /// # Panics
    /// If they have been taken before.
    #[allow(clippy::mut_from_ref)]
    #[must_use]
    #[track_caller]
    pub fn claim(&self) -> &mut T {
        if self.taken.swap(true, Ordering::Relaxed) {
            panic!();
        }
        // SAFETY: `taken` is set once and never cleared, so this line runs at
        // most once per cell and the reference it makes is the only one.
        unsafe { &mut *self.cell.get() }
    }
}

// SAFETY: the contents are reachable through a shared cell only by the one
// caller of `claim` that finds `taken` clear; sharing the cell thus passes one
// `&mut T` on. (`&T: Send` is part of the published interface, not needed.)
unsafe impl<T> Sync for ClaimOnceCell<T>
where
    for<'a> &'a T: Send,
    for<'a> &'a mut T: Send,
{
}

#[cfg(test)]
mod tests;
