//! Other processes: this test program again, told by its environment what to do.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use haloscope::folder::{DataFolder, FolderError};

const FOLDER: &str = "HALOSCOPE_TEST_CHILD_FOLDER";

/// Starts a process that holds the folder until it is killed, and waits until it does.
pub(crate) fn holder_of(folder: &Path) -> Holder {
    let mut child = program().env(FOLDER, folder).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let said = output.lines().map_while(Result::ok).find(|line| line.ends_with("holding") || line.contains("refused"));
    assert!(said.is_some_and(|line| line.ends_with("holding")), "the child holds the folder");
    Holder(child)
}

/// What a process says that tries to hold the folder.
pub(crate) fn answer_of_a_second_holder(folder: &Path) -> String {
    let output = program().env(FOLDER, folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn program() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child::holds_the_folder_it_is_told", "--nocapture"]);
    command
}

/// A process that holds a folder; killed, as by `kill -9`, when dropped.
pub(crate) struct Holder(Child);

impl Holder {
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Does nothing in the test run itself.
#[test]
fn holds_the_folder_it_is_told() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    match DataFolder::open(folder) {
        Ok(_held) => {
            println!("holding");
            std::thread::park();
        }
        Err(error @ FolderError::AlreadyHeld { .. }) => println!("refused: {error}"),
        Err(error) => panic!("{error}"),
    }
}
