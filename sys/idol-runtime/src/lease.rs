// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::marker::PhantomData;
use core::num::NonZeroU32;
use core::ops::{Deref, DerefMut, Range};

use userlib::{
    LeaseAttributes, TaskId, sys_borrow_info, sys_borrow_read, sys_borrow_write,
};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

/// What may be done with leased memory.
pub trait Attribute {}
/// It may be read.
pub trait AttributeRead: Attribute {}
/// It may be written.
pub trait AttributeWrite: Attribute {}

/// Memory that may be read.
pub enum R {}
/// Memory that may be written.
pub enum W {}
/// Memory that may be read and written.
pub enum RW {}

impl Attribute for R {}
impl AttributeRead for R {}
impl Attribute for W {}
impl AttributeWrite for W {}
impl Attribute for RW {}
impl AttributeRead for RW {}
impl AttributeWrite for RW {}

/// Memory of a client, lent for the duration of a request: one `T`, or an array
/// of varying length if `T` is `[E]`.
///
/// Size and access rights have been checked. Whether the memory is accessible
/// to the client turns out when it is used: each access can fail because the
/// client is no longer there, or did not own what it lent.
pub struct Leased<A: Attribute, T: ?Sized> {
    lender: TaskId,
    index: usize,
    /// In elements; 1 if `T` is sized.
    len: usize,
    _attribute: PhantomData<A>,
    _contents: PhantomData<fn(&T)>,
}

impl<A: Attribute, T: ?Sized> Leased<A, T> {
    /// The task that lends the memory.
    pub fn lender(&self) -> TaskId {
        self.lender
    }

    /// The number of the lease in the client's request.
    pub fn lease_index(&self) -> usize {
        self.index
    }
}

impl<A: Attribute, T> Leased<A, [T]> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn new_slice(
        lender: TaskId,
        index: usize,
        required: LeaseAttributes,
        max_len: Option<NonZeroU32>,
    ) -> Option<Self> {
        const { assert!(size_of::<T>() != 0, "elements need a size") };

        let bytes = checked_len(lender, index, required)?;
        if bytes % size_of::<T>() != 0 {
            return None;
        }
        let len = bytes / size_of::<T>();
        if max_len.is_some_and(|max| len > max.get() as usize) {
            return None;
        }
        Some(Self {
            lender,
            index,
            len,
            _attribute: PhantomData,
            _contents: PhantomData,
        })
    }
}

impl<A: Attribute, T> Leased<A, T> {
    fn new_sized(
        lender: TaskId,
        index: usize,
        required: LeaseAttributes,
    ) -> Option<Self> {
        let bytes = checked_len(lender, index, required)?;
        (bytes == size_of::<T>()).then_some(Self {
            lender,
            index,
            len: 1,
            _attribute: PhantomData,
            _contents: PhantomData,
        })
    }
}

/// The length in bytes of a lease, if it exists and has the rights `required`.
fn checked_len(
    lender: TaskId,
    index: usize,
    required: LeaseAttributes,
) -> Option<usize> {
    let info = sys_borrow_info(lender, index)?;
    info.attributes.contains(required).then_some(info.len)
}

// The constructors, for generated code. All return `None` if the lease has
// another size, or lacks a right.

impl<T> Leased<R, T> {
    /// One `T` that may be read; `None` if that is not what is lent.
    pub fn read_only(lender: TaskId, index: usize) -> Option<Self> {
        Self::new_sized(lender, index, LeaseAttributes::READ)
    }
}

impl<T> Leased<R, [T]> {
    /// At most `max_len` elements that may be read; `None` if
    /// that is not what is lent.
    pub fn read_only_slice(
        lender: TaskId,
        index: usize,
        max_len: Option<NonZeroU32>,
    ) -> Option<Self> {
        Self::new_slice(lender, index, LeaseAttributes::READ, max_len)
    }
}

impl<T> Leased<W, T> {
    /// One `T` that may be written; `None` if that is not what is lent.
    pub fn write_only(lender: TaskId, index: usize) -> Option<Self> {
        Self::new_sized(lender, index, LeaseAttributes::WRITE)
    }
}

impl<T> Leased<W, [T]> {
    /// At most `max_len` elements that may be written; `None` if
    /// that is not what is lent.
    pub fn write_only_slice(
        lender: TaskId,
        index: usize,
        max_len: Option<NonZeroU32>,
    ) -> Option<Self> {
        Self::new_slice(lender, index, LeaseAttributes::WRITE, max_len)
    }
}

impl<T> Leased<RW, T> {
    /// One `T` that may be read and written; `None` if that is not what is
    /// lent.
    pub fn read_write(lender: TaskId, index: usize) -> Option<Self> {
        let required = LeaseAttributes::READ | LeaseAttributes::WRITE;
        Self::new_sized(lender, index, required)
    }
}

impl<T> Leased<RW, [T]> {
    /// At most `max_len` elements that may be read and written; `None` if
    /// that is not what is lent.
    pub fn read_write_slice(
        lender: TaskId,
        index: usize,
        max_len: Option<NonZeroU32>,
    ) -> Option<Self> {
        let required = LeaseAttributes::READ | LeaseAttributes::WRITE;
        Self::new_slice(lender, index, required, max_len)
    }
}

impl<A: Attribute, T: ?Sized> Leased<A, T> {
    /// Fills `dest` from the memory at `offset`, in bytes.
    ///
    /// Succeeds if this has copied `expected` bytes.
    fn read_bytes(
        &self,
        offset: usize,
        expected: usize,
        dest: &mut [u8],
    ) -> Result<(), ()> {
        match sys_borrow_read(self.lender, self.index, offset, dest) {
            (0, n) if n == expected => Ok(()),
            _ => Err(()),
        }
    }

    /// Copies `src` to the memory at `offset`, in bytes.
    ///
    /// Succeeds if this has copied `expected` bytes.
    fn write_bytes(
        &self,
        offset: usize,
        expected: usize,
        src: &[u8],
    ) -> Result<(), ()> {
        match sys_borrow_write(self.lender, self.index, offset, src) {
            (0, n) if n == expected => Ok(()),
            _ => Err(()),
        }
    }

    fn read_element<E>(&self, index: usize) -> Option<E>
    where
        E: Copy + FromZeros + FromBytes + IntoBytes,
    {
        let mut value = E::new_zeroed();
        let size = size_of::<E>();
        self.read_bytes(index * size, size, value.as_mut_bytes())
            .ok()?;
        Some(value)
    }

    fn read_elements<E>(
        &self,
        range: Range<usize>,
        dest: &mut [E],
    ) -> Result<(), ()>
    where
        E: Copy + FromZeros + FromBytes + IntoBytes,
    {
        let size = size_of::<E>();
        let expected = (range.end - range.start) * size;
        self.read_bytes(range.start * size, expected, dest.as_mut_bytes())
    }

    fn write_element<E>(&self, index: usize, value: E) -> Result<(), ()>
    where
        E: Copy + IntoBytes + Immutable,
    {
        let size = size_of::<E>();
        self.write_bytes(index * size, size, value.as_bytes())
    }

    fn write_elements<E>(
        &self,
        range: Range<usize>,
        src: &[E],
    ) -> Result<(), ()>
    where
        E: Copy + IntoBytes + Immutable,
    {
        let size = size_of::<E>();
        let expected = (range.end - range.start) * size;
        self.write_bytes(range.start * size, expected, src.as_bytes())
    }
}

impl<A: AttributeRead, T> Leased<A, T>
where
    T: Sized + Copy + FromZeros + FromBytes + IntoBytes,
{
    /// Reads the value. `None` if the client is gone or defective.
    pub fn read(&self) -> Option<T> {
        self.read_element(0)
    }
}

impl<A: AttributeWrite, T> Leased<A, T>
where
    T: Sized + Copy + IntoBytes + Immutable,
{
    /// Writes the value.
    ///
    /// # Errors
    /// If the client is gone or defective.
    pub fn write(&self, value: T) -> Result<(), ()> {
        self.write_element(0, value)
    }
}

impl<A: AttributeRead, T> Leased<A, [T]>
where
    T: Sized + Copy + FromZeros + FromBytes + IntoBytes,
{
    /// Reads the element at `index`. `None` if the client is gone or defective.
    ///
    /// # Panics
    /// If there is no such element.
    pub fn read_at(&self, index: usize) -> Option<T> {
        assert!(index < self.len);
        self.read_element(index)
    }

    /// Reads the elements in `range` to `dest`, which has to be as long.
    ///
    /// Bounds are not checked here: a range that starts beyond the end of the
    /// lease faults the server.
    ///
    /// # Errors
    /// If the client is gone or defective, or the number of elements read is
    /// not the length of `range`.
    pub fn read_range(
        &self,
        range: Range<usize>,
        dest: &mut [T],
    ) -> Result<(), ()> {
        self.read_elements(range, dest)
    }
}

impl<A: AttributeWrite, T> Leased<A, [T]>
where
    T: Sized + Copy + IntoBytes + Immutable,
{
    /// Writes the element at `index`.
    ///
    /// Bounds are not checked here: an index beyond the end of the lease faults
    /// the server.
    ///
    /// # Errors
    /// If the client is gone or defective, or `index` is the lease's length.
    pub fn write_at(&self, index: usize, value: T) -> Result<(), ()> {
        self.write_element(index, value)
    }

    /// Writes the elements in `range` from `src`, which has to be as long.
    ///
    /// Bounds are not checked here: a range that starts beyond the end of the
    /// lease faults the server.
    ///
    /// # Errors
    /// If the client is gone or defective, or the number of elements written is
    /// not the length of `range`.
    pub fn write_range(
        &self,
        range: Range<usize>,
        src: &[T],
    ) -> Result<(), ()> {
        self.write_elements(range, src)
    }
}

impl<A: AttributeRead, T, const N: usize> Leased<A, [T; N]>
where
    T: Sized + Copy + FromZeros + FromBytes + IntoBytes,
{
    /// Reads the element at `index`. `None` if the client is gone or defective.
    ///
    /// # Panics
    /// If there is no such element.
    pub fn read_at(&self, index: usize) -> Option<T> {
        assert!(index < N);
        self.read_element(index)
    }

    /// Reads the elements in `range` to `dest`; like that of a slice.
    ///
    /// # Errors
    /// If the client is gone or defective, or the number of elements read is
    /// not the length of `range`.
    pub fn read_range(
        &self,
        range: Range<usize>,
        dest: &mut [T],
    ) -> Result<(), ()> {
        self.read_elements(range, dest)
    }
}

impl<A: AttributeWrite, T, const N: usize> Leased<A, [T; N]>
where
    T: Sized + Copy + IntoBytes + Immutable,
{
    /// Writes the element at `index`; like that of a slice.
    ///
    /// # Errors
    /// If the client is gone or defective, or `index` is the array's length.
    pub fn write_at(&self, index: usize, value: T) -> Result<(), ()> {
        self.write_element(index, value)
    }

    /// Writes the elements in `range` from `src`; like that of a slice.
    ///
    /// # Errors
    /// If the client is gone or defective, or the number of elements written is
    /// not the length of `range`.
    pub fn write_range(
        &self,
        range: Range<usize>,
        src: &[T],
    ) -> Result<(), ()> {
        self.write_elements(range, src)
    }
}

/// A leased array of at most `N` elements.
pub struct LenLimit<T, const N: usize>(T);

impl<T, const N: usize> LenLimit<T, N> {
    /// The array, without what is known about its length.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<A: Attribute, T, const N: usize> LenLimit<Leased<A, [T]>, N> {
    /// How many elements there are.
    ///
    /// # Panics
    /// If `N` does not fit a `u16`.
    pub fn len_as_u16(this: &Self) -> u16 {
        assert!(N <= usize::from(u16::MAX));
        this.0.len() as u16
    }

    /// How many elements there are.
    ///
    /// # Panics
    /// If `N` does not fit a `u8`.
    pub fn len_as_u8(this: &Self) -> u8 {
        assert!(N <= usize::from(u8::MAX));
        this.0.len() as u8
    }
}

impl<A: Attribute, T, const N: usize> TryFrom<Leased<A, [T]>>
    for LenLimit<Leased<A, [T]>, N>
{
    type Error = ();

    fn try_from(lease: Leased<A, [T]>) -> Result<Self, ()> {
        if lease.len() <= N {
            Ok(Self(lease))
        } else {
            Err(())
        }
    }
}

impl<T, const N: usize> Deref for LenLimit<T, N> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T, const N: usize> DerefMut for LenLimit<T, N> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
