//! Which base is taken, and what is said when there is none.

use std::fs;

use guard_model::SnapshotKind;

use super::*;

/// `main` with two commits after `side` left it; `side` with one of its own and a moved file.
fn forked() -> Fixture {
    let fixture = Fixture::of(&[("a", "a\n"), ("b", "b\n")]);
    fixture.git(&["switch", "-qc", "side"]);
    fixture.write("b", "side\n");
    fixture.commit("side work\n\nwith a body\n");
    fixture.git(&["switch", "-q", "main"]);
    fixture.write("a", "main\n");
    fixture.commit("main work");
    fixture.write("c", "more\n");
    fixture.commit("more main work");
    fixture
}

#[test]
fn a_range_begins_at_the_merge_base_unless_told_otherwise() {
    let fixture = forked();
    let common = fixture.git(&["merge-base", "main", "side"]);
    let change = fixture.change(&Spec::range("main", "side"));
    assert_eq!(files(&change), ["M b +1 -1"]);
    assert_eq!(change.base_reason, "merge base of main and side");
    assert_eq!(change.merge_base.as_deref(), Some(common.as_str()));
    assert_eq!(change.base.commit, change.merge_base);
    assert_eq!(change.commits.len(), 1);
    assert_eq!(
        (change.commits[0].message.as_str(), change.commits[0].author.as_str()),
        ("side work\n\nwith a body", "Ada <ada@example.org>")
    );
    assert_eq!(change.commits[0].parents, [common]);

    let change = fixture.change(&Spec { merge_base: false, ..Spec::range("main", "side") });
    assert_eq!(files(&change), ["M a +1 -1", "M b +1 -1", "D c +0 -1"]);
    assert_eq!((change.base_reason.as_str(), &change.merge_base), ("--base main", &None));

    let change = fixture.change(&Spec::range("main~2", "main"));
    assert_eq!((change.base_reason.as_str(), &change.merge_base), ("--base main~2", &None));
    let messages: Vec<_> = change.commits.iter().map(|c| c.message.as_str()).collect();
    assert_eq!(messages, ["main work", "more main work"]);
}

#[test]
fn a_work_tree_is_compared_with_where_its_branch_left_the_main_one() {
    let fixture = forked();
    assert_eq!(fixture.worktree().base_reason, "HEAD");
    fixture.git(&["switch", "-q", "side"]);
    fixture.write("new", "n\n");
    let change = fixture.worktree();
    assert_eq!(change.base_reason, "merge base with main");
    assert_eq!(files(&change), ["M b +1 -1", "A new +1 -0"]);
    assert_eq!(change.commits.len(), 1);
    fixture.git(&["switch", "-q", "--detach", "side"]);
    assert_eq!(fixture.worktree().base_reason, "merge base with main");
    fixture.git(&["switch", "-qc", "fresh", "main"]);
    assert_eq!(fixture.worktree().base_reason, "HEAD (it is on main)");
    // The index alone is a commit to be.
    fixture.git(&["switch", "-q", "side"]);
    assert_eq!(fixture.change(&Spec::staged()).base_reason, "HEAD");
}

#[test]
fn the_servers_default_branch_counts_more_than_a_local_one() {
    let server = forked();
    let fixture = Fixture::empty();
    fs::remove_dir_all(&fixture.top).expect("remove");
    git_in(fixture.root.path(), &["clone", "-q", &server.top.to_string_lossy(), "repo"]);
    assert_eq!(fixture.worktree().base_reason, "HEAD (it is on origin/main)");
    fixture.write("mine", "m\n");
    fixture.commit("not pushed");
    fixture.write("open", "o\n");
    let change = fixture.worktree();
    assert_eq!(change.base_reason, "merge base with origin/main");
    assert_eq!(files(&change), ["A mine +1 -0", "A open +1 -0"]);
    fixture.git(&["switch", "-q", "side"]);
    assert_eq!(fixture.worktree().base_reason, "merge base with origin/main");
    fixture.git(&["switch", "-qc", "stacked", "--track", "origin/side"]);
    assert_eq!(fixture.worktree().base_reason, "HEAD (it is on origin/side)");
}

#[test]
fn a_named_base_or_a_snapshot_comes_first() {
    let fixture = forked();
    fixture.write("c", "edited\n");
    let change = fixture.change(&Spec::worktree().base("HEAD~1"));
    assert_eq!(
        (change.base_reason.as_str(), files(&change)),
        ("--base HEAD~1", vec!["A c +1 -0".to_owned()])
    );
    let change = fixture.change(&Spec::worktree().base("side"));
    assert_eq!(change.base_reason, "merge base of side and HEAD");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let change = fixture.change(&Spec { snapshot: Some(tree.clone()), ..Spec::worktree() });
    assert_eq!(change.base_reason, "the hook's snapshot");
    assert_eq!((change.base.tree.as_str(), &change.base.commit), (tree.as_str(), &None));
    assert_eq!(files(&change), ["M c +1 -1"]);
}

#[test]
fn a_snapshot_of_the_work_tree_can_be_a_base_later() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    fixture.write("a", "by a person\n");
    let before = fixture.worktree().head.tree;
    fixture.write("b", "by the agent\n");
    let change = fixture.change(&Spec { snapshot: Some(before), ..Spec::worktree() });
    assert_eq!(files(&change), ["A b +1 -0"]);
}

#[test]
fn revisions_are_what_git_takes_them_for() {
    let fixture = forked();
    fixture.git(&["tag", "-a", "v1", "-m", "one", "main~1"]);
    fixture.git(&["tag", "light", "main~2"]);
    fixture.git(&["update-ref", "refs/tags/-dash", "main~2"]);
    let first = fixture.git(&["rev-parse", "main~2"]);
    for (rev, expected) in [
        ("v1", "main~1"),
        ("light", "main~2"),
        ("-dash", "main~2"),
        ("HEAD~2", "main~2"),
        ("refs/heads/side", "side"),
        ("main^{/main work}", "main"),
        (&first[..12], "main~2"),
        (&first, "main~2"),
    ] {
        let change = fixture.change(&Spec { merge_base: false, ..Spec::range(rev, "main") });
        assert_eq!(change.base.commit, Some(fixture.git(&["rev-parse", expected])), "{rev}");
        assert_eq!(change.base_reason, format!("--base {rev}"));
    }
}

#[test]
fn what_does_not_exist_is_said_with_what_does() {
    let fixture = forked();
    fixture.git(&["branch", "release/2024.1"]);
    fixture.git(&["tag", "side", "main"]);
    fixture.git(&["remote", "add", "origin", "../nowhere"]);
    for (rev, error) in [
        ("mian", "no revision `mian` in this repository; the nearest name is `main`"),
        (
            "release/2024.2",
            "no revision `release/2024.2` in this repository; the nearest name is `release/2024.1`",
        ),
        ("HEAD~9", "no revision `HEAD~9` in this repository; the nearest name is `HEAD`"),
        ("zzz", "no revision `zzz` in this repository"),
        (
            "origin/qqqqqq",
            "no revision `origin/qqqqqq` in this repository; if the server has it, run `git fetch origin qqqqqq:refs/remotes/origin/qqqqqq`",
        ),
        ("--output=x", "no revision `--output=x` in this repository"),
        ("HEAD:a", "no revision `HEAD:a` in this repository; the nearest name is `HEAD`"),
        ("", "no revision `` in this repository"),
        ("main\nside", "no revision `main\\nside` in this repository"),
        ("HEAD@{99}", "no revision `HEAD@{99}` in this repository; the nearest name is `HEAD`"),
        (
            "side",
            "`side` is ambiguous: refs/heads/side, refs/tags/side; write the full name of the one that is meant",
        ),
    ] {
        assert_eq!(fixture.error(&Spec::range(rev, "main")), error);
        assert_eq!(fixture.error(&Spec::worktree().base(rev)), error);
    }
}

#[test]
fn a_shallow_clone_is_told_how_to_become_a_deep_one() {
    let server = forked();
    let fixture = Fixture::empty();
    let url = format!("file://{}", server.top.display());
    let fix = "run `git fetch --unshallow`, or in CI check out with full history (`fetch-depth: 0`)";
    fs::remove_dir_all(&fixture.top).expect("remove");
    git_in(fixture.root.path(), &["clone", "-q", "--depth=1", "--no-single-branch", &url, "repo"]);
    for (base, what) in [
        ("HEAD~1", "`HEAD~1` is beyond the boundary of this shallow clone; "),
        (
            "origin/side",
            "the merge base of `origin/side` and `HEAD` is beyond the boundary of this shallow clone; ",
        ),
    ] {
        assert_eq!(fixture.error(&Spec::worktree().base(base)), format!("{what}{fix}"));
    }
    // What may never have been anywhere is not said to lie there.
    for (base, fix) in [
        ("0123abc", "; if the server has it, run `git fetch --unshallow`"),
        ("HEAD:b/none", "; the nearest name is `HEAD`"),
        ("v1", "; if the server has it, run `git fetch origin refs/tags/v1:refs/tags/v1`"),
        (
            "topic",
            "; if the server has it, run `git fetch origin topic:refs/remotes/origin/topic` and name `origin/topic`",
        ),
    ] {
        let error = fixture.error(&Spec::worktree().base(base));
        assert_eq!(error, format!("no revision `{base}` in this repository{fix}"));
    }
    assert!(
        fixture.error(&Spec { amend: true, ..Spec::staged() }).starts_with("the parent of HEAD is beyond")
    );
    fixture.git(&["switch", "-q", "side"]);
    assert!(fixture.error(&Spec::worktree()).starts_with("the merge base with origin/main is beyond"));
    // What is here can be compared.
    let change = fixture.change(&Spec { merge_base: false, ..Spec::range("origin/main", "side") });
    assert_eq!(files(&change), ["M a +1 -1", "M b +1 -1", "D c +0 -1"]);
    fixture.git(&["fetch", "-q", "--unshallow"]);
    assert_eq!(files(&fixture.worktree()), ["M b +1 -1"]);
}

#[test]
fn a_bare_repository_compares_revisions_only() {
    let source = forked();
    let fixture = Fixture::empty();
    fs::remove_dir_all(&fixture.top).expect("remove");
    // Borrows all its objects.
    git_in(
        fixture.root.path(),
        &["clone", "-q", "--bare", "--shared", &source.top.to_string_lossy(), "repo"],
    );
    let change = fixture.change(&Spec::range("main", "side"));
    assert_eq!((files(&change), change.commits.len()), (vec!["M b +1 -1".to_owned()], 1));
    assert!(
        fixture
            .error(&Spec::worktree())
            .contains("is a bare repository without work tree or index; name two revisions")
    );
    assert!(fixture.error(&Spec::staged()).contains("--base A --head B"));
    let repo = fixture.open().expect("opens");
    assert_eq!((repo.top(), repo.name().as_str()), (None, "repo"));
}

#[test]
fn a_work_tree_of_borrowed_objects_is_one_like_any_other() {
    let source = forked();
    let fixture = Fixture::empty();
    fs::remove_dir_all(&fixture.top).expect("remove");
    git_in(fixture.root.path(), &["clone", "-q", "--shared", &source.top.to_string_lossy(), "repo"]);
    fixture.write("a", "edited\n");
    assert_eq!(files(&fixture.worktree()), ["M a +1 -1"]);
}

#[test]
fn histories_without_a_common_commit_are_compared_as_they_are() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    fixture.git(&["switch", "-q", "--orphan", "other"]);
    fixture.write("b", "b\n");
    fixture.commit("other");
    let change = fixture.change(&Spec::range("main", "other"));
    assert_eq!(change.base_reason, "--base main (no common history with other)");
    assert_eq!(files(&change), ["D a +0 -1", "A b +1 -0"]);
    assert_eq!(fixture.worktree().base_reason, "HEAD (no common history with main)");
}

#[test]
fn the_head_of_a_range_alone_is_compared_with_its_branch_point() {
    let fixture = forked();
    let change = fixture.change(&Spec { base: None, ..Spec::range("", "side") });
    assert_eq!(
        (change.base_reason.as_str(), files(&change)),
        ("merge base with main", vec!["M b +1 -1".to_owned()])
    );
    let change = fixture.change(&Spec { base: None, ..Spec::range("", "main") });
    assert_eq!(change.base_reason, "the parent of the head (it is on main)");
    assert_eq!(files(&change), ["A c +1 -0"]);
}

#[test]
fn replaced_objects_and_grafts_are_not_believed() {
    let fixture = forked();
    let (main, side) = (fixture.git(&["rev-parse", "main"]), fixture.git(&["rev-parse", "side"]));
    fixture.git(&["replace", &side, &main]);
    let change = fixture.change(&Spec::range("main", "side"));
    assert_eq!(files(&change), ["M b +1 -1"]);
}

#[test]
fn settings_of_the_user_do_not_change_what_is_seen() {
    let fixture = forked();
    let plain = fixture.change(&Spec::range("main", "side"));
    for (key, value) in [
        ("diff.external", "touch ../pwned"),
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.renames", "false"),
        ("diff.algorithm", "patience"),
        ("diff.context", "9"),
        ("diff.interHunkContext", "9"),
        ("diff.ignoreSubmodules", "all"),
        ("diff.orderFile", "/nowhere"),
        ("color.ui", "always"),
        ("core.abbrev", "4"),
        ("core.pager", "touch ../pwned"),
        ("log.showSignature", "true"),
        ("log.date", "relative"),
        ("log.follow", "true"),
        ("log.decorate", "full"),
        ("format.pretty", "oneline"),
        ("i18n.logOutputEncoding", "latin1"),
        ("core.quotePath", "false"),
        ("status.relativePaths", "true"),
    ] {
        fixture.git(&["config", key, value]);
    }
    assert_eq!(fixture.change(&Spec::range("main", "side")), plain);
}

#[test]
fn places_that_are_no_repository_say_so() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let elsewhere = tempfile::TempDir::new().expect("temp dir");
    let error = fixture.open_at(elsewhere.path()).expect_err("none").to_string();
    assert!(error.contains("is not inside a git repository"), "{error}");
    let error = fixture.open_at(&elsewhere.path().join("missing")).expect_err("none").to_string();
    assert!(error.contains("does not exist"), "{error}");
    assert_eq!(fixture.error(&Spec::range("nope", "HEAD")), "no revision `nope` in this repository");
    let unborn = Fixture::empty();
    assert_eq!(
        unborn.error(&Spec { base: None, head: None, ..Spec::range("", "") }),
        "no revision `HEAD` in this repository"
    );
}

#[test]
fn the_git_directory_itself_leads_to_its_work_tree() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    fixture.write("a", "A\n");
    let repo = fixture.open_at(&fixture.at(".git")).expect("opens");
    assert_eq!(repo.top(), Some(fixture.top.as_path()));
    let change = fixture.untouched(|| repo.change(&Spec::worktree())).expect("change").change;
    assert_eq!((files(&change), change.base.kind), (vec!["M a +1 -1".to_owned()], SnapshotKind::Commit));
}

#[test]
fn objects_that_a_partial_clone_left_on_the_server_are_not_fetched() {
    let server = forked();
    server.git(&["config", "uploadpack.allowFilter", "true"]);
    let fixture = Fixture::empty();
    fs::remove_dir_all(&fixture.top).expect("remove");
    let url = format!("file://{}", server.top.display());
    git_in(fixture.root.path(), &["clone", "-q", "--filter=blob:none", &url, "repo"]);
    let observed = fixture.observe(&Spec::range("main~2", "origin/side")).expect("observed");
    assert_eq!(observed.gaps.len(), 1, "{:?}", observed.gaps);
    let said = &observed.gaps[0].reason;
    assert!(said.contains("is missing and this is a partial clone"), "{said}");
    // They are known to have changed, and not in which lines.
    assert!(!observed.change.files.is_empty());
    assert!(observed.change.files.iter().any(|f| f.hunks.is_empty()));
    // What was checked out is here.
    fixture.write("a", "edited\n");
    assert_eq!(files(&fixture.worktree()), ["M a +1 -1"]);
}

#[test]
fn a_repository_of_somebody_else_needs_the_users_trust() {
    let mut fixture = Fixture::of(&[("a", "a\n")]);
    // git's own switch for testing this without another user.
    fixture.env.settings.push(("GIT_TEST_ASSUME_DIFFERENT_OWNER".into(), "1".into()));
    let error = fixture.open().expect_err("refused").to_string();
    let top = fixture.top.display();
    assert_eq!(
        error,
        format!(
            "git does not trust {top}: it belongs to another user; if you do trust it, run `git config --global --add safe.directory {top}`"
        )
    );
}

#[test]
fn a_git_directory_elsewhere_is_named_by_the_environment() {
    let mut fixture = Fixture::of(&[("a", "a\n")]);
    let elsewhere = fixture.beside("elsewhere.git");
    fs::rename(fixture.at(".git"), &elsewhere).expect("rename");
    fixture.write("a", "A\n");
    assert!(matches!(fixture.open(), Err(RepoError::NotARepository { .. })));
    fixture.env.git_dir = Some(elsewhere.clone());
    fixture.env.work_tree = Some(fixture.top.clone());
    assert_eq!(files(&fixture.change(&Spec::worktree())), ["M a +1 -1"]);
    // As a path from where guard runs.
    fixture.env.git_dir = Some("../elsewhere.git".into());
    fixture.env.work_tree = Some(".".into());
    assert_eq!(files(&fixture.change(&Spec::worktree())), ["M a +1 -1"]);
    let repo = fixture.open().expect("opens");
    assert_eq!((repo.git_dir(), repo.name().as_str()), (elsewhere.as_path(), "elsewhere"));
}

#[test]
fn a_rebase_does_not_move_the_time_in_which_a_change_was_made() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let hour = |hour: i64| 1_772_359_200 + (hour - 10) * 3600;
    let commit = |path: &str, text: &str, written: i64, committed: i64| {
        fixture.write(path, text);
        fixture.git(&["add", "-A"]);
        let dates =
            [("GIT_AUTHOR_DATE", written), ("GIT_COMMITTER_DATE", committed)].map(|(n, h)| (n, hour(h)));
        let cmd =
            SETTINGS.iter().fold(Cmd::new("git", &fixture.top), |cmd, (name, value)| cmd.env(*name, *value));
        let cmd = dates.iter().fold(cmd, |cmd, (name, time)| cmd.env(*name, format!("@{time} +0000")));
        run(cmd.args(["commit", "-q", "-m", path]));
        fixture.git(&["rev-parse", "HEAD"])
    };
    let begun = commit("a", "b\n", 10, 10);
    let plain = commit("new", "n\n", 11, 11);
    fixture.git(&["reset", "-q", "--hard", &begun]);
    let pulled = commit("c", "c\n", 12, 12);
    let rebased = commit("new", "n\n", 11, 13);

    let repo = fixture.open().expect("opens");
    for (base, head, began, ended) in [(&begun, &plain, 10, 11), (&pulled, &rebased, 10, 13)] {
        let change = repo.change(&Spec::range(base, head)).expect("change").change;
        let expected = super::super::Span { began: Some(hour(began)), ended: Some(hour(ended)) };
        assert_eq!(repo.span(&change), expected);
        assert!(
            repo.changed_since(&change, "a", hour(10)) && !repo.changed_since(&change, "a", hour(10) + 1)
        );
        assert_eq!(repo.changed_since(&change, "c", hour(11)), base == &pulled);
    }
}

#[test]
fn a_head_whose_commit_is_lost_is_no_new_repository() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let head = fixture.git(&["rev-parse", "HEAD"]);
    fixture.remove(&format!(".git/objects/{}/{}", &head[..2], &head[2..]));
    let lost = format!("object {head} is missing; run `git fsck`");
    assert_eq!([Spec::worktree(), Spec::staged()].map(|spec| fixture.error(&spec)), [lost.clone(), lost]);
    fixture.write(".git/refs/heads/main", "cut");
    assert!(fixture.error(&Spec::worktree()).contains("`refs/heads/main` holds no commit id"));

    let new = Fixture::empty();
    new.write("a", "a\n");
    assert_eq!(new.worktree().base_reason, "the empty tree: there is no commit yet");
    assert_eq!(
        new.error(&Spec::range("HEAD", "HEAD")),
        "there is no commit in this repository yet, so `HEAD` names nothing; leave --base and --head out to check the work tree"
    );
}

#[test]
fn a_path_may_hold_line_ends() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let odd = fixture.beside("od\nd");
    fs::rename(&fixture.top, &odd).expect("rename");
    git_in(fixture.root.path(), &["clone", "-q", "--bare", "od\nd", "ba\nre"]);
    let fixture = Fixture { top: odd, ..fixture };
    fixture.write("a", "b\n");
    assert_eq!(files(&fixture.worktree()), ["M a +1 -1"]);
    let bare = fixture.open_at(&fixture.beside("ba\nre")).expect("opens");
    assert_eq!((bare.top(), bare.git_dir().ends_with("ba\nre")), (None, true));
    assert!(bare.change(&Spec::range("HEAD", "HEAD")).is_ok());
}
