//! What the comparison knows of nine grammars: one table a question, by names of nodes and fields.

use guard_model::source::Language;

use super::shape::{ListSort, Sort};

/// The list that a node is, if it is one.
pub(super) fn list_of(kind: &str, parent: &str) -> Option<ListSort> {
    Some(match kind {
        "source_file"
        | "program"
        | "module"
        | "translation_unit"
        | "declaration_list"
        | "class_body"
        | "interface_body"
        | "annotation_type_body" => ListSort::Items,
        "enum_body" if parent == "enum_declaration" => ListSort::Properties,
        "field_declaration_list"
            if parent != "struct_item" && parent != "enum_variant" && parent != "union_item" =>
        {
            ListSort::Items
        }
        "block" if parent == "class_definition" => ListSort::Items,
        "block" | "statement_block" | "compound_statement" | "constructor_body" | "preproc_body" => {
            ListSort::Block
        }
        "match_block" | "switch_body" | "switch_block" => ListSort::Arms,
        "enum_variant_list"
        | "enumerator_list"
        | "field_declaration_list"
        | "field_initializer_list"
        | "object"
        | "dictionary"
        | "object_type"
        | "literal_value"
        | "initializer_list" => ListSort::Properties,
        _ => return None,
    })
}

/// Nodes that only wrap the statements of a list.
pub(super) fn is_transparent(kind: &str) -> bool {
    matches!(kind, "statement_list" | "enum_body_declarations")
}

/// Cases whose statements stand directly behind their colon.
pub(super) fn is_case(kind: &str) -> bool {
    matches!(
        kind,
        "switch_case"
            | "switch_default"
            | "case_statement"
            | "expression_case"
            | "default_case"
            | "type_case"
            | "communication_case"
            | "switch_block_statement_group"
    )
}

/// Conditions of the preprocessor, around whatever they guard.
pub(super) fn is_guard(kind: &str) -> bool {
    matches!(kind, "preproc_if" | "preproc_ifdef" | "preproc_else" | "preproc_elif" | "preproc_elifdef")
}

/// Statements whose single-statement body is a block without brackets.
pub(super) fn takes_body(kind: &str, field: &str) -> bool {
    match kind {
        "if_statement" => matches!(field, "consequence" | "alternative"),
        "else_clause" => true,
        "while_statement"
        | "for_statement"
        | "for_in_statement"
        | "do_statement"
        | "for_range_loop"
        | "enhanced_for_statement" => field == "body",
        _ => false,
    }
}

/// Nodes in which names are bound for themselves.
pub(super) fn opens_scope(kind: &str, language: Language) -> bool {
    if language == Language::Python {
        return matches!(
            kind,
            "function_definition"
                | "lambda"
                | "class_definition"
                | "list_comprehension"
                | "set_comprehension"
                | "dictionary_comprehension"
                | "generator_expression"
        );
    }
    matches!(
        kind,
        "block"
            | "statement_block"
            | "compound_statement"
            | "constructor_body"
            | "function_item"
            | "closure_expression"
            | "impl_item"
            | "trait_item"
            | "arrow_function"
            | "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "method_definition"
            | "method_declaration"
            | "constructor_declaration"
            | "function_definition"
            | "template_declaration"
            | "lambda_expression"
            | "func_literal"
            | "for_expression"
            | "for_statement"
            | "for_in_statement"
            | "for_range_loop"
            | "enhanced_for_statement"
            | "if_expression"
            | "if_statement"
            | "while_expression"
            | "while_statement"
            | "match_arm"
            | "catch_clause"
            | "class_body"
            | "switch_case"
            | "try_with_resources_statement"
    )
}

/// Whether names below this child are bound by it: `Some(false)` ends what an ancestor began.
pub(super) fn binds(parent: &str, field: &str, kind: &str, language: Language) -> Option<bool> {
    if matches!(
        field,
        "type" | "value" | "right" | "body" | "condition" | "key" | "size" | "return_type" | "scope"
    ) {
        // `(x) => …` and `for … in` name what they bind elsewhere.
        return (!(parent == "pair_pattern" && field == "value")).then_some(false);
    }
    let begins = match language {
        Language::Rust => match parent {
            "let_declaration" | "parameter" | "for_expression" | "let_condition" | "match_arm" => {
                field == "pattern"
            }
            "closure_parameters" | "type_parameter" | "lifetime_parameter" => {
                kind == "identifier" || field == "name"
            }
            _ => false,
        },
        Language::TypeScript | Language::Tsx | Language::JavaScript => match parent {
            "variable_declarator" | "function_declaration" | "type_parameter" => field == "name",
            "required_parameter" | "optional_parameter" => field == "pattern",
            "formal_parameters" => !kind.ends_with("_parameter"),
            "arrow_function" | "catch_clause" => field == "parameter",
            "for_in_statement" => field == "left",
            _ => false,
        },
        Language::Python => match parent {
            "assignment" | "for_statement" | "for_in_clause" => {
                field == "left" && !matches!(kind, "attribute" | "subscript")
            }
            "parameters" | "lambda_parameters" => !kind.contains("default"),
            "default_parameter" | "typed_default_parameter" | "named_expression" => field == "name",
            "as_pattern" => field == "alias",
            _ => false,
        },
        Language::C | Language::Cpp => {
            field == "declarator"
                && matches!(
                    parent,
                    "parameter_declaration"
                        | "optional_parameter_declaration"
                        | "init_declarator"
                        | "declaration"
                        | "for_range_loop"
                )
        }
        Language::Go => match parent {
            "short_var_declaration" | "range_clause" | "receive_statement" => field == "left",
            "var_spec" | "const_spec" | "parameter_declaration" | "variadic_parameter_declaration" => {
                field == "name"
            }
            _ => false,
        },
        Language::Java => match parent {
            "variable_declarator"
            | "formal_parameter"
            | "catch_formal_parameter"
            | "enhanced_for_statement"
            | "resource" => field == "name",
            "inferred_parameters" => true,
            "lambda_expression" => field == "parameters" && kind == "identifier",
            _ => false,
        },
    };
    begins.then_some(true)
}

/// Whether an `identifier` names no variable here: a member, a path's segment, a key.
pub(super) fn is_member(parent: &str, field: &str) -> bool {
    match parent {
        "attribute" => field == "attribute",
        "keyword_argument" => field == "name",
        "scoped_identifier" | "qualified_identifier" | "scoped_type_identifier" | "scoped_use_list" => true,
        "macro_invocation" => field == "macro",
        "field_access" => field == "field",
        "method_invocation" | "method_declaration" | "constructor_declaration" | "method_reference" => {
            field == "name"
        }
        "jsx_attribute" | "enum_variant" | "enum_assignment" | "enum_constant" | "element_value_pair" => true,
        _ => false,
    }
}

/// What a unit of a list is.
pub(super) fn sort_of(kind: &str, list: ListSort) -> Sort {
    if is_import(kind) {
        return Sort::Import;
    }
    match list {
        ListSort::Attributes => Sort::Attribute,
        ListSort::Markup => Sort::Attribute,
        ListSort::Arms => Sort::Arm,
        ListSort::Elements => Sort::Element,
        ListSort::Properties => Sort::Property,
        ListSort::Items if is_item(kind) => Sort::Item,
        ListSort::Items | ListSort::Block => {
            if is_function(kind) {
                Sort::Item
            } else {
                Sort::Statement
            }
        }
    }
}

fn is_import(kind: &str) -> bool {
    matches!(
        kind,
        "use_declaration"
            | "import_statement"
            | "import_from_statement"
            | "future_import_statement"
            | "import_declaration"
            | "preproc_include"
            | "using_declaration"
            | "extern_crate_declaration"
            | "package_declaration"
            | "package_clause"
    )
}

fn is_function(kind: &str) -> bool {
    matches!(
        kind,
        "function_item"
            | "function_declaration"
            | "generator_function_declaration"
            | "function_definition"
            | "method_definition"
            | "method_declaration"
            | "constructor_declaration"
            | "class_definition"
            | "class_declaration"
            | "struct_item"
            | "enum_item"
            | "impl_item"
            | "trait_item"
            | "mod_item"
    )
}

fn is_item(kind: &str) -> bool {
    is_function(kind)
        || matches!(
            kind,
            "const_item"
                | "static_item"
                | "type_item"
                | "union_item"
                | "macro_definition"
                | "function_signature_item"
                | "associated_type"
                | "lexical_declaration"
                | "variable_declaration"
                | "abstract_class_declaration"
                | "interface_declaration"
                | "type_alias_declaration"
                | "enum_declaration"
                | "internal_module"
                | "public_field_definition"
                | "field_definition"
                | "method_signature"
                | "property_signature"
                | "namespace_definition"
                | "class_specifier"
                | "struct_specifier"
                | "enum_specifier"
                | "type_definition"
                | "alias_declaration"
                | "field_declaration"
                | "declaration"
                | "type_declaration"
                | "var_declaration"
                | "const_declaration"
                | "record_declaration"
        )
}

/// Literals that are numbers.
pub(super) fn is_number(kind: &str) -> bool {
    matches!(kind, "number" | "integer" | "float" | "number_literal" | "int_literal")
        || kind.ends_with("integer_literal")
        || kind.ends_with("float_literal")
        || kind.ends_with("floating_point_literal")
        || kind == "imaginary_literal"
}

/// Literals that are taken as one text unless something is interpolated.
pub(super) fn is_text(kind: &str) -> bool {
    matches!(
        kind,
        "string"
            | "string_literal"
            | "raw_string_literal"
            | "char_literal"
            | "interpreted_string_literal"
            | "character_literal"
            | "rune_literal"
            | "template_string"
            | "regex"
            | "system_lib_string"
            | "jsx_text"
            | "string_fragment"
            | "string_content"
            | "html_character_reference"
    )
}

/// Elements of HTML and SVG: as fixed as types of the language.
pub(super) fn is_html(text: &str) -> bool {
    const TAGS: &str = " a abbr address article aside audio b blockquote body br button canvas caption cite code col \
        colgroup data dd del details dfn dialog div dl dt em embed fieldset figcaption figure footer form h1 h2 h3 h4 \
        h5 h6 head header hr html i iframe img input ins kbd label legend li link main map mark menu meta meter nav \
        noscript object ol optgroup option output p picture pre progress q s samp script search section select slot \
        small source span strong style sub summary sup svg table tbody td template textarea tfoot th thead time title \
        tr track u ul var video wbr circle clipPath defs ellipse g line mask path pattern polygon polyline rect stop \
        symbol text use ";
    !text.is_empty() && TAGS.contains(&format!(" {text} "))
}

/// Types of the language itself.
pub(super) fn is_builtin(kind: &str, text: &str, in_type: bool, language: Language) -> bool {
    if matches!(
        kind,
        "primitive_type"
            | "predefined_type"
            | "integral_type"
            | "floating_point_type"
            | "boolean_type"
            | "void_type"
    ) {
        return true;
    }
    in_type
        && match language {
            Language::Python => matches!(
                text,
                "int"
                    | "float"
                    | "str"
                    | "bytes"
                    | "bool"
                    | "dict"
                    | "list"
                    | "tuple"
                    | "set"
                    | "frozenset"
                    | "object"
                    | "complex"
                    | "Any"
                    | "Optional"
                    | "Union"
                    | "List"
                    | "Dict"
                    | "Tuple"
                    | "Set"
                    | "Type"
                    | "Callable"
                    | "Iterable"
                    | "Iterator"
                    | "Sequence"
                    | "Mapping"
                    | "Awaitable"
                    | "Coroutine"
            ),
            Language::Rust => matches!(
                text,
                "String"
                    | "Vec"
                    | "Option"
                    | "Result"
                    | "Box"
                    | "Rc"
                    | "Arc"
                    | "HashMap"
                    | "HashSet"
                    | "BTreeMap"
            ),
            Language::Go => matches!(
                text,
                "string"
                    | "bool"
                    | "byte"
                    | "rune"
                    | "error"
                    | "any"
                    | "int"
                    | "int8"
                    | "int16"
                    | "int32"
                    | "int64"
                    | "uint"
                    | "uint8"
                    | "uint16"
                    | "uint32"
                    | "uint64"
                    | "uintptr"
                    | "float32"
                    | "float64"
            ),
            Language::Java => {
                matches!(text, "String" | "Object" | "Integer" | "Long" | "Boolean" | "Double" | "Float")
            }
            _ => false,
        }
}
