//! An installation in one file: a tar archive with its store as a SQLite file and its warehouse as a DuckDB file, whichever engines
//! it works with, and their checksums before them. On request encrypted as the format `age` says
//! (<https://age-encryption.org/v1>), which other programs can open, too.
//!
//! The key that seals secrets is never in it.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient};
use ring::digest::{Context, SHA256};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::folder::FolderPaths;
use crate::migration::Copied;

/// Newest format that this version can read.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
/// A manifest says little; one that is larger is none.
const LONGEST_MANIFEST: u64 = 1 << 20;
/// How an encrypted file begins.
const ENCRYPTED: &[u8] = b"age-encryption.org/";

/// Why a backup cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is a file of that name.
    #[error("`{}` exists already: name another file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("`{}` cannot be {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is something else.
    #[error("`{}` is no backup of haloscope", path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
    },
    /// The file was made by a newer version.
    #[error("the backup has format {found}, this version knows formats up to {FORMAT}: use the newer version")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// The file is not what was written.
    #[error("the backup `{}` is damaged: {why}. Use another one", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was seen.
        why: String,
    },
    /// The file is encrypted, and nothing was given that opens it.
    #[error(
        "the backup is encrypted: name the file with its passphrase in --passphrase-file, or with the identity in --identity-file"
    )]
    Encrypted,
    /// Passphrase or identity do not open the file.
    #[error("the backup was encrypted with another passphrase, or for another recipient")]
    WrongKey,
    /// What should open or encrypt it is not understood.
    #[error("{what} is not understood: {why}")]
    NotAKey {
        /// What was read.
        what: String,
        /// Why.
        why: String,
    },
}

/// Who can read a backup.
pub enum Sealing {
    /// Whoever has the file.
    Open,
    /// Whoever knows a passphrase.
    Passphrase(SecretString),
    /// Those whose recipients (`age1...`) were named.
    Recipients(Vec<age::x25519::Recipient>),
}

/// What opens an encrypted backup.
pub enum Opening {
    /// Its passphrase.
    Passphrase(SecretString),
    /// Identities, one of which was a recipient.
    Identities(Vec<age::x25519::Identity>),
}

/// What a backup says of itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Manifest {
    format: u32,
    /// Version of the program that made it.
    pub program: String,
    /// When it was made, RFC 3339 in UTC.
    pub made_at: String,
    /// Store and warehouse that it was made of, without passwords.
    pub of: String,
    /// What it holds.
    pub copied: Copied,
    files: Vec<Packed>,
}

/// A file of the archive.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Packed {
    name: String,
    bytes: u64,
    /// Hexadecimal.
    sha256: String,
}

/// A file that will be a backup. Until it is whole it has another name, and a failure removes it.
pub struct NewFile {
    path: PathBuf,
    folder: PathBuf,
    file: NamedTempFile,
}

impl NewFile {
    /// Sees to it that it can be written.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn begin(path: &Path) -> Result<Self, BackupError> {
        if path.exists() {
            return Err(BackupError::Exists { path: path.to_owned() });
        }
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unwritten = |source| BackupError::File { path: path.to_owned(), what: "written", source };
        let file = NamedTempFile::new_in(folder).map_err(unwritten)?;
        Ok(Self { path: path.to_owned(), folder: folder.to_owned(), file })
    }
}

/// Writes the store and the warehouse of a folder that nobody uses into a new file, durably. After a failure there is no file.
///
/// # Errors
/// See [`BackupError`].
pub fn pack(
    paths: &FolderPaths,
    (of, copied): (String, Copied),
    sealing: &Sealing,
    out: NewFile,
) -> Result<Manifest, BackupError> {
    let NewFile { path: out, folder, file } = out;
    let unwritten = |source| BackupError::File { path: out.clone(), what: "written", source };
    let present: Vec<PathBuf> = [paths.store(), paths.warehouse()].into_iter().filter(|path| path.exists()).collect();
    // What stands in a log would be missing.
    let log_of = |path: &PathBuf, ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    let logs = [log_of(&paths.store(), "-wal"), log_of(&paths.warehouse(), ".wal")];
    if logs.iter().any(|log| fs::metadata(log).is_ok_and(|log| log.len() > 0)) {
        return Err(unwritten(io::Error::other("a log of the copy was not written back")));
    }
    let files = present.iter().map(|path| packed(path)).collect::<io::Result<_>>().map_err(unwritten)?;
    let (program, made_at) = (env!("CARGO_PKG_VERSION").to_owned(), jiff::Timestamp::now().to_string());
    let manifest = Manifest { format: FORMAT, program, made_at, of, copied, files };
    let writer = BufWriter::new(file.as_file());
    match encryptor(sealing)? {
        None => archive(&manifest, &present, writer).and_then(|mut writer| writer.flush()).map_err(unwritten)?,
        Some(encryptor) => {
            let stream = encryptor.wrap_output(writer).map_err(unwritten)?;
            let written = archive(&manifest, &present, stream).and_then(|stream| stream.finish()?.flush());
            written.map_err(unwritten)?;
        }
    }
    file.as_file().sync_all().map_err(unwritten)?;
    file.persist_noclobber(&out).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists { path: out.clone() },
        _ => unwritten(error.error),
    })?;
    File::open(&folder).and_then(|folder| folder.sync_all()).map_err(unwritten)?;
    Ok(manifest)
}

fn encryptor(sealing: &Sealing) -> Result<Option<Encryptor>, BackupError> {
    Ok(match sealing {
        Sealing::Open => None,
        Sealing::Passphrase(passphrase) => Some(Encryptor::with_user_passphrase(passphrase.clone())),
        Sealing::Recipients(recipients) => {
            let recipients = recipients.iter().map(|recipient| recipient as &dyn Recipient);
            let encryptor = Encryptor::with_recipients(recipients);
            let why =
                |error: age::EncryptError| BackupError::NotAKey { what: "a recipient".into(), why: error.to_string() };
            Some(encryptor.map_err(why)?)
        }
    })
}

fn packed(path: &Path) -> io::Result<Packed> {
    let mut digest = Digest::new(io::sink());
    let bytes = io::copy(&mut File::open(path)?, &mut digest)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Packed { name, bytes, sha256: digest.finish() })
}

/// Writes the archive, and gives the writer back.
fn archive<W: Write>(manifest: &Manifest, files: &[PathBuf], writer: W) -> io::Result<W> {
    let mut archive = tar::Builder::new(writer);
    let text = serde_json::to_vec_pretty(manifest)?;
    archive.append_data(&mut header(text.len() as u64), MANIFEST, text.as_slice())?;
    for (path, packed) in files.iter().zip(&manifest.files) {
        archive.append_data(&mut header(packed.bytes), &packed.name, File::open(path)?.take(packed.bytes))?;
    }
    archive.into_inner()
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// Unpacks a backup into an existing folder, where [`FolderPaths`] looks for store and warehouse, and compares the checksums.
///
/// # Errors
/// See [`BackupError`].
pub fn unpack(backup: &Path, opening: Option<&Opening>, to: &FolderPaths) -> Result<Manifest, BackupError> {
    let unread = |source| BackupError::File { path: backup.to_owned(), what: "read", source };
    let mut file = File::open(backup).map_err(unread)?;
    let mut begins = [0; ENCRYPTED.len()];
    let is_encrypted = file.read_exact(&mut begins).is_ok() && begins == ENCRYPTED;
    file.seek(SeekFrom::Start(0)).map_err(unread)?;
    let reader = BufReader::new(file);
    if !is_encrypted {
        return extract(backup, reader, to);
    }
    let failed = |error| match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            BackupError::WrongKey
        }
        DecryptError::ExcessiveWork { .. } => {
            let why = "opening it would take over a gigabyte of memory".to_owned();
            BackupError::NotAKey { what: "the passphrase of the backup".to_owned(), why }
        }
        error => BackupError::Damaged { path: backup.to_owned(), why: error.to_string() },
    };
    let decryptor = Decryptor::new_buffered(reader).map_err(failed)?;
    let identities: Vec<Box<dyn Identity>> = match opening.ok_or(BackupError::Encrypted)? {
        Opening::Passphrase(passphrase) => vec![Box::new(by_passphrase(passphrase))],
        Opening::Identities(identities) => {
            identities.iter().map(|identity| Box::new(identity.clone()) as Box<dyn Identity>).collect()
        }
    };
    let stream = decryptor.decrypt(identities.iter().map(|identity| &**identity)).map_err(failed)?;
    extract(backup, stream, to)
}

/// Files of others may ask for any amount of work: a gigabyte of memory is the most.
fn by_passphrase(passphrase: &SecretString) -> age::scrypt::Identity {
    let mut identity = age::scrypt::Identity::new(passphrase.clone());
    identity.set_max_work_factor(20);
    identity
}

fn extract(backup: &Path, reader: impl Read, to: &FolderPaths) -> Result<Manifest, BackupError> {
    let damaged = |why: &str| BackupError::Damaged { path: backup.to_owned(), why: why.to_owned() };
    let no_backup = || BackupError::NoBackup { path: backup.to_owned() };
    let mut archive = tar::Archive::new(reader);
    let mut entries = archive.entries().map_err(|_| no_backup())?;
    let mut next = || entries.next().transpose().map_err(|error| damaged(&error.to_string()));
    let Ok(Some(first)) = next() else { return Err(no_backup()) };
    let is_named = |entry: &tar::Entry<'_, _>, name: &str| entry.path().is_ok_and(|path| path == Path::new(name));
    if !is_named(&first, MANIFEST) {
        return Err(no_backup());
    }
    let mut text = Vec::new();
    first.take(LONGEST_MANIFEST).read_to_end(&mut text).map_err(|error| damaged(&error.to_string()))?;
    // The format alone first: a newer one may say everything else in another way.
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = serde_json::from_slice(&text).map_err(|_| no_backup())?;
    if format > FORMAT {
        return Err(BackupError::Newer { found: format });
    }
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| damaged(&error.to_string()))?;
    for packed in &manifest.files {
        let known = [to.store(), to.warehouse()];
        let path = known.iter().find(|path| path.file_name().is_some_and(|name| name == packed.name.as_str()));
        let path = path.ok_or_else(|| damaged("it names a file that belongs to no installation"))?;
        let entry = next()?.filter(|entry| is_named(entry, &packed.name));
        let mut entry = entry.ok_or_else(|| damaged("a file is missing, it may be cut off"))?;
        let unwritten = |source| BackupError::File { path: path.clone(), what: "written", source };
        let mut digest = Digest::new(File::create(path).map_err(unwritten)?);
        copy(&mut entry, &mut digest, &|error| damaged(&error.to_string()), &unwritten)?;
        if digest.finish() != packed.sha256 {
            return Err(damaged("the checksum of a file differs"));
        }
    }
    Ok(manifest)
}

/// As [`io::copy`], telling which side failed.
fn copy<E>(
    from: &mut impl Read,
    to: &mut impl Write,
    unread: &impl Fn(io::Error) -> E,
    unwritten: &impl Fn(io::Error) -> E,
) -> Result<(), E> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer).map_err(unread)? {
            0 => return to.flush().map_err(unwritten),
            count => to.write_all(&buffer[..count]).map_err(unwritten)?,
        }
    }
}

/// Reads a passphrase: the first line of a file.
///
/// # Errors
/// See [`BackupError`].
pub fn passphrase(path: &Path) -> Result<SecretString, BackupError> {
    let text = read_key(path)?;
    let line = text.lines().next().unwrap_or_default();
    let what = || format!("the passphrase in `{}`", path.display());
    if line.is_empty() {
        Err(BackupError::NotAKey { what: what(), why: "its first line is empty".into() })
    } else {
        Ok(line.to_owned().into())
    }
}

/// Reads identities as `age-keygen` writes them: one a line, beside comments.
///
/// # Errors
/// See [`BackupError`].
pub fn identities(path: &Path) -> Result<Vec<age::x25519::Identity>, BackupError> {
    let text = read_key(path)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let found: Result<Vec<_>, &str> = lines.map(str::parse).collect();
    let not_a_key =
        |why: &str| BackupError::NotAKey { what: format!("the identity in `{}`", path.display()), why: why.into() };
    match found {
        Ok(found) if found.is_empty() => Err(not_a_key("it holds none")),
        found => found.map_err(not_a_key),
    }
}

/// Whom a backup is encrypted for.
///
/// # Errors
/// [`BackupError::NotAKey`].
pub fn recipient(text: &str) -> Result<age::x25519::Recipient, BackupError> {
    text.parse().map_err(|why: &str| BackupError::NotAKey { what: format!("the recipient `{text}`"), why: why.into() })
}

fn read_key(path: &Path) -> Result<String, BackupError> {
    fs::read_to_string(path).map_err(|source| BackupError::File { path: path.to_owned(), what: "read", source })
}

/// Writes on, and computes the checksum.
struct Digest<W> {
    inner: W,
    context: Context,
}

impl<W: Write> Digest<W> {
    fn new(inner: W) -> Self {
        Self { inner, context: Context::new(&SHA256) }
    }

    /// Hexadecimal.
    fn finish(self) -> String {
        self.context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<W: Write> Write for Digest<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.context.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
