//! What is made from the table of arguments for shells and for `man`.

use std::io;

use clap_complete::Shell;
use clap_mangen::Man;

use super::command::command;

/// What a shell needs to complete arguments.
///
/// ```
/// let script = jobdeck::cli::completions(clap_complete::Shell::Bash);
/// assert!(script.starts_with(b"_jobdeck()"));
/// ```
#[must_use]
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    let mut command = command();
    clap_complete::generate(shell, &mut command, "jobdeck", &mut script);
    script
}

/// The manual page: one for the program, with a chapter for each of its commands.
///
/// ```
/// let page = String::from_utf8(jobdeck::cli::manual()).unwrap();
/// assert!(page.contains("JOBDECK HISTORY"));
/// ```
#[must_use]
pub fn manual() -> Vec<u8> {
    // Writing to memory does not fail.
    page().unwrap_or_default()
}

fn page() -> io::Result<Vec<u8>> {
    let mut command = command().disable_help_subcommand(true);
    command.build();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    page.extend(commands(&man)?);
    page.extend(notes(&man)?);
    for command in command.get_subcommands() {
        let name = command.get_name().to_uppercase();
        let man = Man::new(command.clone());
        let mut chapter = Vec::new();
        man.render_synopsis_section(&mut chapter)?;
        man.render_description_section(&mut chapter)?;
        man.render_options_section(&mut chapter)?;
        chapter.extend(notes(&man)?);
        let chapter = String::from_utf8_lossy(&chapter).replace("\n.SH ", "\n.SS ");
        let chapter = chapter
            .strip_prefix(".SH ")
            .map_or(chapter.clone(), |rest| format!(".SS {rest}"));
        page.extend(format!(".SH \"JOBDECK {name}\"\n{chapter}").into_bytes());
    }
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// The commands, each with its name as it is typed: their chapters stand below.
fn commands(man: &Man) -> io::Result<Vec<u8>> {
    let mut section = Vec::new();
    man.render_subcommands_section(&mut section)?;
    let section = String::from_utf8_lossy(&section).replace(".SH SUBCOMMANDS", ".SH COMMANDS");
    let lines = section.lines().map(|line| match line.strip_suffix("(1)") {
        Some(name) => name.replacen("\\-", " ", 1),
        None => line.to_owned(),
    });
    let lines: Vec<_> = lines.collect();
    Ok((lines.join("\n") + "\n").into_bytes())
}

/// The text below the options: its examples are kept line by line.
fn notes(man: &Man) -> io::Result<Vec<u8>> {
    let mut extra = Vec::new();
    man.render_extra_section(&mut extra)?;
    let extra = String::from_utf8_lossy(&extra).replace(".SH EXTRA", ".SH NOTES");
    let mut notes = String::with_capacity(extra.len());
    let mut is_example = false;
    for line in extra.lines() {
        if is_example != line.starts_with("  ") {
            is_example = !is_example;
            notes.push_str(if is_example { ".nf\n" } else { ".fi\n" });
        }
        notes.push_str(line);
        notes.push('\n');
    }
    if is_example {
        notes.push_str(".fi\n");
    }
    Ok(notes.into_bytes())
}
