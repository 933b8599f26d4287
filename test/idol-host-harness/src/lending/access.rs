// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Leases and what buffers them, without a generated server.

use idol_runtime::{
    BufReader, BufWriter, LeaseBufReader, LeaseBufWriter, Leased, LenLimit, R,
    RW, W,
};
use userlib::kernel::{self, ServerFault};
use userlib::{DEFECT, Lease, TaskId, UsageError};

use crate::{assert_panics, panic_of};

/// Runs `f` as a server that is lent `bytes` twice: for reading, and for
/// reading and writing.
fn lent(bytes: &mut [u8], mut f: impl FnMut(TaskId) + 'static) {
    let copy = bytes.to_vec();
    let target = kernel::start_server(move || {
        let rm = userlib::sys_recv(&mut [], 0, None).ok().unwrap();
        f(rm.sender);
        userlib::sys_reply(rm.sender, 0, &[]);
    });
    let leases = [Lease::read_only(&copy), Lease::read_write(bytes)];
    kernel::send(target, 1, &[], &mut [], &leases);
}

fn read_slice(lender: TaskId) -> Leased<R, [u16]> {
    Leased::read_only_slice(lender, 0, None).unwrap()
}

fn rw_slice(lender: TaskId) -> Leased<RW, [u16]> {
    Leased::read_write_slice(lender, 1, None).unwrap()
}

#[test]
fn a_range_and_its_buffer_have_to_have_one_length() {
    lent(&mut [0; 8], |lender| {
        let lease = read_slice(lender);
        // The kernel fills the buffer, whatever the range.
        assert_eq!(lease.read_range(0..1, &mut [0; 2]), Err(()));
        assert_eq!(lease.read_range(0..2, &mut [0; 1]), Err(()));
        // But it stops at the end of the lease.
        assert_eq!(lease.read_range(3..4, &mut [0; 2]), Ok(()));
        assert_eq!(lease.read_range(4..4, &mut []), Ok(()));
        assert_eq!(lease.read_range(4..4, &mut [0]), Ok(()));
        assert_eq!(lease.read_range(4..5, &mut [0]), Err(()));

        let lease = rw_slice(lender);
        assert_eq!(lease.write_range(0..1, &[0; 2]), Err(()));
        assert_eq!(lease.write_range(3..4, &[0; 2]), Ok(()));
        assert_eq!(lease.write_at(4, 0), Err(()));
    });
}

#[test]
fn reading_an_element_that_is_not_there_panics_the_server() {
    assert_panics(|| {
        lent(&mut [0; 8], |lender| {
            read_slice(lender).read_at(4);
        });
    });
    assert_panics(|| {
        lent(&mut [0; 8], |lender| {
            let lease: Leased<R, [u16; 4]> =
                Leased::read_only(lender, 0).unwrap();
            lease.read_at(4);
        });
    });
}

#[test]
fn starting_beyond_the_end_faults_the_server() {
    let expected = ServerFault(UsageError::OffsetOutOfRange);
    let fault: ServerFault = panic_of(|| {
        lent(&mut [0; 8], |lender| {
            let _ = read_slice(lender).read_range(5..5, &mut []);
        });
    });
    assert_eq!(fault, expected);
    let fault: ServerFault = panic_of(|| {
        lent(&mut [0; 8], |lender| {
            let _ = rw_slice(lender).write_at(5, 0);
        });
    });
    assert_eq!(fault, expected);
}

#[test]
fn a_lease_that_does_not_exist_faults_the_server() {
    let fault: ServerFault = panic_of(|| {
        lent(&mut [], |lender| {
            let _ = Leased::<R, u8>::read_only(lender, 2);
        });
    });
    assert_eq!(fault, ServerFault(UsageError::LeaseOutOfRange));
}

#[test]
fn a_limit_holds_what_is_within_it() {
    lent(&mut [0; 8], |lender| {
        type Limited<const N: usize> = LenLimit<Leased<R, [u16]>, N>;
        assert!(Limited::<3>::try_from(read_slice(lender)).is_err());
        let limited = Limited::<4>::try_from(read_slice(lender)).ok().unwrap();
        assert_eq!(LenLimit::len_as_u8(&limited), 4);
        assert_eq!(LenLimit::len_as_u16(&limited), 4);
        assert_eq!(limited.len(), 4);

        // The lengths are those of the type, not of the lease.
        let limited =
            Limited::<256>::try_from(read_slice(lender)).ok().unwrap();
        assert_eq!(LenLimit::len_as_u16(&limited), 4);
        assert_panics(|| {
            LenLimit::len_as_u8(&limited);
        });
        let limited =
            Limited::<65536>::try_from(read_slice(lender)).ok().unwrap();
        assert_panics(|| {
            LenLimit::len_as_u16(&limited);
        });
    });
}

#[test]
fn a_reader_fetches_what_fits_its_buffer() {
    lent(&mut [1, 2, 3, 4, 5], |lender| {
        let lease = Leased::read_only_slice(lender, 0, None).unwrap();
        let mut reader = LeaseBufReader::<R, 4>::from(lease);
        assert!(!reader.is_eof());
        assert_eq!(BufReader::remaining_size(&reader), 5);
        assert_eq!(reader.read(), Some(1));
        // What has been fetched does not remain.
        assert_eq!(BufReader::remaining_size(&reader), 1);
        assert_eq!(reader.refill(), Ok(()));
        assert_eq!(BufReader::read(&mut reader), Some(2));
        assert_eq!(reader.read(), Some(3));
        assert_eq!(reader.read(), Some(4));

        kernel::script_borrows([Some(DEFECT)]);
        assert_eq!(reader.refill(), Err(()));
        assert_eq!(reader.refill(), Ok(()));
        assert!(!reader.is_eof());
        assert_eq!(reader.read(), Some(5));
        assert!(reader.is_eof());
        assert_eq!(reader.refill(), Err(()));
        assert_eq!(reader.read(), None);
        assert_eq!(BufReader::remaining_size(&reader), 0);
    });
}

#[test]
fn a_writer_holds_back_what_fits_its_buffer() {
    let mut bytes = [0; 5];
    lent(&mut bytes, |lender| {
        let lease = Leased::write_only_slice(lender, 1, None).unwrap();
        let mut writer = LeaseBufWriter::<W, 4>::from(lease);
        for byte in 1..=3 {
            assert_eq!(writer.write(byte), Ok(()));
            // What is held back has not used any room.
            assert_eq!(BufWriter::remaining_size(&writer), 5);
        }
        assert_eq!(BufWriter::write(&mut writer, 4), Ok(()));
        assert_eq!(BufWriter::remaining_size(&writer), 1);
        assert!(!writer.is_eof());
        assert_eq!(writer.write(5), Ok(()));
        assert!(writer.is_eof());
        assert_eq!(BufWriter::remaining_size(&writer), 0);
        assert_eq!(writer.write(6), Err(()));
    });
    assert_eq!(bytes, [1, 2, 3, 4, 5]);
}

#[test]
fn a_writer_that_cannot_write_reports_it_and_tries_again() {
    let mut bytes = [0; 5];
    lent(&mut bytes, |lender| {
        let lease = Leased::write_only_slice(lender, 1, None).unwrap();
        let mut writer = LeaseBufWriter::<W, 2>::from(lease);
        kernel::script_borrows([Some(DEFECT), Some(DEFECT)]);
        assert_eq!(writer.write(1), Ok(()));
        assert_eq!(writer.write(2), Err(()));
        assert_eq!(writer.write(3), Err(()));
        assert_eq!(writer.write(3), Ok(()));
    });
    assert_eq!(bytes, [1, 2, 3, 0, 0]);
}

#[test]
fn plain_slices_are_readers_and_writers() {
    fn copy<'a>(from: &mut impl BufReader<'a>, to: &mut impl BufWriter<'a>) {
        while let Some(byte) = from.read() {
            if to.write(byte).is_err() {
                break;
            }
        }
    }

    let mut from: &[u8] = b"abcd";
    let mut bytes = [0; 3];
    let mut to: &mut [u8] = &mut bytes;
    assert_eq!((from.remaining_size(), to.remaining_size()), (4, 3));
    copy(&mut from, &mut to);
    assert_eq!((from.remaining_size(), to.remaining_size()), (0, 0));
    assert_eq!(BufReader::read(&mut from), None);
    assert_eq!(&bytes, b"abc");
}
