//! Mutants of languages other than Rust: which are made, what they make of the file, where probes stand.

use std::fmt::Write as _;

use guard_model::Language;
use guard_mutants::others;

const PYTHON: &str = r#""""A shop."""
from __future__ import annotations

import sys

LIMIT = 3 + 4


class Cart:
    """Things."""

    def __init__(self, items: list[str] | None = None):
        self.items = items or []
        self.total = 0

    def add(self, item: str, price: int) -> bool:
        """Adds."""
        if not item:
            return False
        elif len(item) > 10 and price < 0:
            log.warning("long %s", item + "!")
            return False
        self.items.append(item)
        self.total += price
        return 0 < price <= 100

    def __repr__(self):
        return "Cart" + str(1 + 2)

    def best(self):
        top = 0
        for i, item in enumerate(self.items):
            if len(item) > top:
                top = len(item)
        i = 0
        while i < 3:
            i += 1
        return top

    def lines(self):
        yield 1 + 1


def name(x): return x.name


def settle(cart, cache):
    if sys.platform == "win32":
        return 1 - 2
    if cart in cache:
        return cache[cart]
    if cart is None:
        raise ValueError("no " + str(1 + 1))
    cart.pay()
    cart = cart.next[1:]
    print(1 + 2)
    return "a" if cart.total >= 3 else "b"
"#;

const SCRIPT: &str = r#"// A shop.
export const LIMIT = 1 + 2;

export class Cart {
  items: string[] = [];
  add(item: string, price: number): boolean {
    if (!item) return false;
    else if (price < 0) throw new Error('bad ' + (1 + 2));
    this.items.push(item);
    console.log(price + 1);
    return price <= 100 && item !== 'x';
  }
}

export const double = (n: number): number => n * 2;

export async function load(url: string): Promise<string[] | null> {
  const all = [];
  for (let i = 0; i < 3; i++) {
    all.push(await get(url + '/' + i));
  }
  setTimeout(() => { all.pop(); }, 100 + 1);
  if (all.length === 0) {
    return null;
  }
  all[0] = 'a';
  return all;
}

function quiet(x) {
  x.go();
  if (x.done) {
    x.stop();
    return;
  }
  x.end();
}

app.get('/', (req, res) => {
  res.send(req.a - 1 ? 'a' : 'b');
  res.end();
});
"#;

const GO: &str = r#"package shop

import "fmt"

type Cart struct{ items []string }

func (c *Cart) Add(item string, price int) (bool, error) {
	if item == "" {
		return false, fmt.Errorf("no item %d", 1+1)
	}
	n, err := check(price)
	if err != nil {
		return false, err
	} else if n > 3 {
		n = 3
	}
	c.items = append(c.items, item)
	log.Printf("%d", n+1)
	c.total++
	c.mu.Lock()
	return n < 3, nil
}

func (c *Cart) String() string { return "cart" + c.items[0] }

func Sum(numbers []int) int {
	total := 0
	for i := 0; i < len(numbers); i++ {
		total += numbers[i] * 2
	}
	for total > 100 {
		total -= 100
	}
	return total
}

func Make() Cart {
	return Cart{}
}
"#;

const CPP: &str = r#"#include <string>

namespace shop {

class Cart {
 public:
  Cart() { total_ = 1 + 1; }
  bool Empty() const { return items_ == 0; }
  int Add(int price);
};

int Cart::Add(int price) {
  DCHECK(price > 0);
  if (price < 0)
    return -1;
  else if (price == 3) {
    count_++;
  }
  total_ += price;
  std::cout << "added " << price + 1;
  Settle(price, 2);
  return total_ > 10 ? total_ : 0;
}

static const char* Name(const Cart& c) {
  return c.name();
}

void Reset(Cart* c) {
  c->Clear();
  while (c->busy()) {
    c->Wait();
  }
}

}  // namespace shop
"#;

/// The mutants of a text, one a line, each held against what is written for it.
fn listed(path: &str, text: &str) -> String {
    let language = Language::of_path(path).expect(path);
    let mut out = String::new();
    for mutant in others::find(path, language, text).expect(path) {
        let changed = others::apply(language, text, &mutant);
        assert!(changed.as_ref().is_some_and(|c| c != text), "{mutant:#?}\n{changed:?}");
        let operator = mutant.operator.name();
        let _ = writeln!(out, "{:>3} {operator}: {}", mutant.start.line, mutant.description);
    }
    out
}

fn probed(path: &str, text: &str) -> String {
    let language = Language::of_path(path).expect(path);
    let mutants = others::find(path, language, text).expect(path);
    let mutants: Vec<_> = mutants.iter().collect();
    let traced = others::traced(language, text, &mutants, "/notes", 1).expect(path);
    for (mutant, probe) in mutants.iter().zip(&traced.probes) {
        assert!(probe.is_some(), "{mutant:#?}");
    }
    traced.text
}

#[test]
fn python() {
    insta::assert_snapshot!(listed("shop.py", PYTHON));
}

#[test]
fn typescript() {
    insta::assert_snapshot!(listed("shop.ts", SCRIPT));
}

#[test]
fn go() {
    insta::assert_snapshot!(listed("shop.go", GO));
}

#[test]
fn cpp() {
    insta::assert_snapshot!(listed("shop.cc", CPP));
}

#[test]
fn a_probe_stands_at_every_mutant() {
    for (path, text) in [("shop.py", PYTHON), ("shop.ts", SCRIPT), ("shop.go", GO), ("shop.cc", CPP)] {
        insta::assert_snapshot!(format!("probed {path}"), probed(path, text));
    }
}

#[test]
fn a_value_that_the_body_gives_anyway_is_not_made() {
    for (path, text, expected) in [
        ("a.py", "def f(s) -> bool:\n    _ = s\n    return True\n", "replace f -> bool with False"),
        (
            "a.ts",
            "function f(s): boolean {\n  void s;\n  return true;\n}\n",
            "replace f -> boolean with false",
        ),
        (
            "a.go",
            "package a\nfunc F(s string) bool {\n\t_ = s\n\treturn true\n}\n",
            "replace F -> bool with false",
        ),
        ("a.cc", "bool F(int s) {\n  (void)s;\n  return true;\n}\n", "replace F -> bool with false"),
    ] {
        let language = Language::of_path(path).expect(path);
        let found = others::find(path, language, text).expect(path);
        let values = found.iter().filter(|m| m.operator.name() == "function-value");
        assert_eq!(values.map(|m| m.description.as_str()).collect::<Vec<_>>(), [expected], "{path}");
    }
}

/// What is made of the statements of a Python function.
fn of_body(body: &str) -> Vec<String> {
    let text = format!("def f(x, best, items, log):\n{body}\n    x.end()\n");
    let found = others::find("a.py", Language::Python, &text).expect(body);
    let of_line =
        found.iter().filter(|m| m.operator.name() == "condition" || m.operator.name() == "binary-operator");
    of_line.map(|m| m.description.trim_end_matches(" in f").to_owned()).collect()
}

#[test]
fn what_changes_nothing_that_a_test_could_notice_is_not_made() {
    let table: [(&str, &[&str]); 7] = [
        (
            "    if len(items) > 0:\n        for one in items:\n            x.add(one)",
            &["replace if condition len(items) > 0 with False", "replace > with <="],
        ),
        ("    if not items:\n        return", &["replace if condition not items with True"]),
        (
            "    if not items:\n        x.add(1)",
            &["replace if condition not items with True", "replace if condition not items with False"],
        ),
        (
            "    if x > best:\n        best = x",
            &[
                "replace if condition x > best with True",
                "replace if condition x > best with False",
                "replace > with <=",
            ],
        ),
        ("    if x.odd:\n        import logging\n        logging.warning(x)", &[]),
        ("    x.add('a' + best)", &[]),
        ("    x.wait(timeout=best)\n    time.sleep(best * 2)", &[]),
    ];
    for (body, expected) in table {
        assert_eq!(of_body(body), expected, "{body}");
    }
}
