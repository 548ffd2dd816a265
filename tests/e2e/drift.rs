//! `guard drift`: a reference, what should follow it, and every point in which it does not.

use std::path::Path;

use insta::assert_snapshot;

use crate::project::{Project, Ran, findings, the};

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/drift").join(name).display().to_string()
}

fn drift(reference: &str, implementation: &str, more: &[&str]) -> Ran {
    let project = Project::empty();
    let (reference, implementation) = (fixture(reference), fixture(implementation));
    let args = ["drift", "--reference", &reference, "--implementation", &implementation];
    project.guard(&[&args[..], more].concat())
}

/// `grade kind line<-line of the reference: message`, one point a line.
fn points(ran: &Ran) -> String {
    let report = ran.json();
    let points = report["pairs"][0]["points"].as_array().unwrap().iter().map(|point| {
        let text = |key: &str| point[key].as_str().unwrap().to_owned();
        let (line, ref_line) = (&point["line"], &point["ref_line"]);
        format!("{} {} {line}<-{ref_line}: {}", text("grade"), text("kind"), text("message"))
    });
    points.collect::<Vec<_>>().join("\n")
}

#[test]
fn two_login_flows_differ_in_what_was_not_copied() {
    let ran = drift("login/ShopLogin.tsx", "login/AdminLogin.tsx", &["--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_snapshot!(points(&ran), @r#"
    drift missing-branch 19<-19: `if (busy) { return }` is missing
    drift missing-call 22<-25: `.trim()` is missing
    drift missing 24<-27: `{ replace:true }` is missing
    drift missing-call 26<-30: `setPassword("")` is missing
    drift missing-attribute 35<-39: `autoComplete = "current-password"` is missing
    drift changed-condition 37<-41: `|| !password` is missing
    "#);
}

#[test]
fn handlers_of_a_family_keep_order_permission_and_errors() {
    let ran = drift("handlers/users.rs", "handlers/invoices.rs", &["--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_snapshot!(points(&ran), @r#"
    drift reordered 18<-28: `session.require_tenant(invoices.tenant_of(id).await?)?` stands in another place
    drift error-handling 19<-32: `.ok()` stands for `?`
    confirm inconsistent-rename 20<-33: `"users.delete"` kept its name; `"invoices.delete"` was to be expected
    drift missing-attribute 24<-8: `#[has_permission("users:read")]` is missing
    "#);
}

#[test]
fn one_file_is_like_itself_and_unlike_a_file_in_another_language() {
    let ran = drift("handlers/users.rs", "handlers/users.rs", &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("the same, apart from names that are explained"), "{}", ran.stdout);
    let ran = drift("handlers/users.rs", "login/AdminLogin.tsx", &[]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stdout.contains("not compared"), "{}", ran.stdout);
}

#[test]
fn lines_stand_side_by_side_or_as_a_patch() {
    let args = ["--rename", "user=invoice", "--unified"];
    let ran = drift("handlers/users.rs:20-35", "handlers/invoices.rs:7-22", &args);
    assert_snapshot!(ran.stdout.lines().skip(2).collect::<Vec<_>>().join("\n"), @r#"
    drift: reordered
      `session.require_tenant(invoices.tenant_of(id).await?)?` stands in another
      place
    @@ -28,1 +18,1 @@
    -    session.require_tenant(users.tenant_of(id).await?)?;
    +    session.require_tenant(invoices.tenant_of(id).await?)?;

    drift: error handling
      `.ok()` stands for `?`
    @@ -32,1 +19,1 @@
    -    users.delete(id).await?;
    +    invoices.delete(id).await.ok();

    confirm: inconsistent rename
      `"users.delete"` kept its name; `"invoices.delete"` was to be expected
    @@ -33,1 +20,1 @@
    -    session.audit("users.delete", id);
    +    session.audit("users.delete", id);

    users -> invoices  4x
    "/users/{id}" -> "/invoices/{id}"  1x
    "user has open orders" -> "invoice has open orders"  1x
    "users:write" -> "invoices:write"  1x
    Users -> Invoices  1x
    delete_user -> delete_invoice  1x
    "#);
    let ran = drift("handlers/users.rs:20-35", "handlers/invoices.rs:7-22", &args[..2]);
    assert_snapshot!(ran.stdout.lines().skip(2).collect::<Vec<_>>().join("\n"), @r#"
    drift: reordered
      `session.require_tenant(invoices.tenant_of(id).await?)?` stands in another
      place
      28  session.require_tenant(users.tena │ 18  session.require_tenant(invoices.t
            nt_of(id).await?)?;             │       enant_of(id).await?)?;

    drift: error handling
      `.ok()` stands for `?`
      32  users.delete(id).await?;          │ 19  invoices.delete(id).await.ok();

    confirm: inconsistent rename
      `"users.delete"` kept its name; `"invoices.delete"` was to be expected
      33  session.audit("users.delete", id) │ 20  session.audit("users.delete", id)
            ;                               │       ;

    users -> invoices  4x
    "/users/{id}" -> "/invoices/{id}"  1x
    "user has open orders" -> "invoice has open orders"  1x
    "users:write" -> "invoices:write"  1x
    Users -> Invoices  1x
    delete_user -> delete_invoice  1x
    "#);
}

#[test]
fn a_region_that_is_none_is_a_usage_error() {
    let ran = drift("handlers/users.rs:9-3", "handlers/invoices.rs", &[]);
    assert_eq!(ran.code, 2);
    let ran = drift("handlers/absent.rs", "handlers/invoices.rs", &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("cannot be read"), "{}", ran.stderr);
}

const SHOP: &str = "export async function shopLogin(api: Api, mail: string, word: string) {\n  if (!mail) {\n    \
    throw new Error(\"no mail\");\n  }\n  const session = await api.login(mail.trim(), word);\n  remember(session);\n  \
    return session;\n}\n";

fn with_pair() -> Project {
    let project = Project::empty();
    project.write("web/shop/login.ts", SHOP);
    project.write("web/admin/login.ts", SHOP.replace("shop", "admin"));
    project.write(
        "guard.toml",
        "[[pair]]\nreference = \"web/shop\"\nimplementations = [\"web/admin\"]\nrename = [\"shop=admin\"]\n",
    );
    project.commit("Begin");
    project
}

#[test]
fn a_declared_pair_is_held_together_over_a_change() {
    let project = with_pair();
    project.edit("web/admin/login.ts", "mail.trim()", "mail");
    let (code, report) = project.check(&["--mode", "quick", "--no-session"]);
    assert_eq!(code, 1, "{report:#}");
    assert_snapshot!(findings(&report).join("\n"), @"deny drifted-implementation web/admin/login.ts:5");

    // One of the two was edited, and the other was not.
    project.edit("web/admin/login.ts", "login(mail,", "login(mail.trim(),");
    project.edit("web/shop/login.ts", "remember(session)", "remember(session, 30)");
    let (_, report) = project.check(&["--mode", "quick", "--no-session"]);
    assert_snapshot!(findings(&report).join("\n"), @"warn stale-twin web/admin/login.ts:6");

    // Both: nothing is left to say.
    project.edit("web/admin/login.ts", "remember(session)", "remember(session, 30)");
    let (code, report) = project.check(&["--mode", "quick", "--no-session"]);
    assert_eq!(code, 0, "{report:#}");
}

#[test]
fn what_is_meant_is_accepted_once_in_a_reviewable_line() {
    let project = with_pair();
    project.edit("web/admin/login.ts", "mail.trim()", "mail");
    let ran =
        project.guard(&["drift", "--no-session", "--accept", "--reason", "mails of admins are never padded"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(project.read("guard.toml").contains("reason = \"mails of admins are never padded\""));
    let (_, report) = project.check(&["--mode", "quick", "--no-session"]);
    let found = the(&report, "drifted-implementation");
    assert_eq!(found["level"], "warn", "{found:#}");
    assert!(found["evidence"].to_string().contains("accepted in this change"), "{found:#}");
    project.commit("Accept");
    project.edit("web/admin/login.ts", "remember(session)", "remember(session, 1)");
    let (_, report) = project.check(&["--mode", "quick", "--no-session"]);
    let all = findings(&report).join("\n");
    assert!(!all.contains("trim"), "{all}");
}

#[test]
fn a_request_for_a_copy_is_held_to_its_word() {
    let project = with_pair();
    project.write("guard.toml", "");
    project.commit("No policy");
    project.write("web/kiosk/login.ts", SHOP.replace("shop", "kiosk").replace("mail.trim()", "mail"));
    let session = project.beside("session.jsonl");
    let lines = [
        r#"{"type":"user","message":{"role":"user","content":"Write the kiosk login exactly like `web/shop/login.ts`."},"uuid":"1","timestamp":"2026-01-01T00:00:00Z","sessionId":"s","cwd":"/"}"#,
        r#"{"type":"assistant","message":{"role":"assistant","content":[{"type":"text","text":"Done."}]},"uuid":"2","parentUuid":"1","timestamp":"2026-01-01T00:00:01Z","sessionId":"s","cwd":"/"}"#,
    ];
    std::fs::write(&session, lines.join("\n")).unwrap();
    let (_, report) = project.check(&["--mode", "quick", "--session", session.to_str().unwrap()]);
    let found = the(&report, "drifted-implementation");
    assert_eq!((found["level"].as_str(), found["line"].as_u64()), (Some("warn"), Some(5)), "{found:#}");
    assert!(found["evidence"].to_string().contains("asks that"), "{found:#}");
}

/// A report without what differs between two runs of the same.
fn told(project: &Project, more: &[&str]) -> serde_json::Value {
    let (_, mut report) = project.check(&[&["--mode", "quick", "--no-session"][..], more].concat());
    for key in ["timings", "out"] {
        report.as_object_mut().unwrap().remove(key);
    }
    report
}

#[test]
fn what_earlier_runs_read_changes_no_report() {
    let project = Project::empty();
    // Long enough to be kept.
    let body: String = (0..60).map(|n| format!("    total = total + weight({n}) * rows[{n}]\n")).collect();
    let code = format!("def sum(rows):\n    total = 0\n{body}    return total\n");
    project.write("web/reference.py", &code);
    project.write("admin/copy.py", format!("# Copied from web/reference.py\n{code}"));
    project.commit("begin");
    let both = |step: &str| {
        let first = told(&project, &[]);
        assert_eq!(first, told(&project, &[]), "{step}: again");
        assert_eq!(first, told(&project, &["--fresh"]), "{step}: as if for the first time");
        findings(&first)
    };
    assert!(both("nothing").is_empty());

    project.edit("web/reference.py", "    total = 0\n", "    total = start()\n");
    assert_eq!(both("the reference"), ["warn stale-twin admin/copy.py:3"]);

    // A new file that follows is found, and one that is gone is not.
    project.write("shop/copy.py", format!("# Copied from web/reference.py\n{code}"));
    project.commit("shop");
    project.edit("web/reference.py", "    return total\n", "    return round(total)\n");
    assert_eq!(both("a new file").len(), 2);
    project.git(&["rm", "--quiet", "admin/copy.py", "shop/copy.py"]);
    assert!(!both("both gone").join(" ").contains("stale-twin"));
}
