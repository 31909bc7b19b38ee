use super::*;

fn rendered(text: &str) -> String {
    let diagnostics = match compile(text) {
        Ok(compiled) => compiled.warnings,
        Err(diagnostics) => diagnostics,
    };
    let told: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    told.join("\n\n")
}

#[test]
fn a_misspelt_type_is_suggested() {
    let text = "definition user {}\ndefinition doc {\n  relation owner: usr\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: there is no type `usr`
      --> 3:19
       |   relation owner: usr
       |                   ^^^
       = help: did you mean `user`?
    "##);
}

#[test]
fn a_misspelt_permission_is_suggested() {
    let text = "definition user {}\ndefinition doc {\n\trelation owner: user\n\tpermission view = owner + edti\n\tpermission edit = owner\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: `doc` has no relation or permission `edti`
      --> 4:28
       | 	permission view = owner + edti
       | 	                          ^^^^
       = help: did you mean `edit`?
    "##);
}

#[test]
fn a_broken_line_says_how_to_go_on() {
    let text = "definition user {}\ndefinition doc {\n  relation owner: user\n  permission view = (owner\n    + owner)\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: expected `)` or an operator, found the end of the line
      --> 4:27
       |   permission view = (owner
       |                           ^
       = help: a line break after a name, `)`, `}` or `*` ends the statement: end the line with the operator, `|`, `,` or bracket instead
    "##);
}

#[test]
fn a_nested_arrow_says_how_to_split_it() {
    let text =
        "definition doc {\n  relation parent: doc\n  permission view = parent->parent->view\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: an arrow cannot follow another arrow
      --> 3:35
       |   permission view = parent->parent->view
       |                                   ^^
       = help: give the middle type a permission that takes the second step, and point the arrow at it
    "##);
}

#[test]
fn mixed_operators_say_what_they_mean() {
    let text = "definition user {}\ndefinition doc {\n  relation owner: user\n  relation blocked: user\n  permission view = owner - blocked + owner\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    warning: `+` binds tighter than `-` here: `+` before `&` before `-`
      --> 5:21
       |   permission view = owner - blocked + owner
       |                     ^^^^^^^^^^^^^^^^^^^^^^^
       = help: write `(blocked + owner)` to say that this is meant
    "##);
}

#[test]
fn a_wildcard_through_a_group_names_its_source() {
    let text = "definition user {}\ndefinition team {\n  relation member: user | user:*\n}\ndefinition doc {\n  relation viewer: team#member\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: `team#member` reaches the wildcard `user:*` of `team#member`, which a subject relation may not
      --> 6:20
       |   relation viewer: team#member
       |                    ^^^^^^^^^^^
       = help: allow the wildcard on this relation itself instead
    "##);
}

#[test]
fn an_unknown_variable_is_underlined_in_its_expression() {
    let text = "caveat office_hours(hour int) {\n  hour >= 9 && huor < 18\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: `huor` is not a parameter of this caveat
      --> 2:16
       |   hour >= 9 && huor < 18
       |                ^^^^
       = help: did you mean `hour`?
    "##);
}

#[test]
fn a_broken_expression_is_told_in_place() {
    let text = "caveat office_hours(hour int) {\n  hour >= 9 &&\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: this is not an expression: it ends too early
      --> 3:1
       | }
       | ^
    "##);
}

#[test]
fn a_type_clash_is_told_in_place() {
    let text = "caveat office_hours(hour int) { hour == \"nine\" }";
    insta::assert_snapshot!(rendered(text), @r##"
    error: an `int` cannot be compared with a `string`
      --> 1:38
       | caveat office_hours(hour int) { hour == "nine" }
       |                                      ^^
    "##);
}

#[test]
fn wide_characters_keep_the_carets_in_place() {
    let text = "definition user {}\ndefinition doc {\n  /* 客户 */ relation owner: usre\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: there is no type `usre`
      --> 3:28
       |   /* 客户 */ relation owner: usre
       |                              ^^^^
       = help: did you mean `user`?
    "##);
}

#[test]
fn an_unknown_layer_lists_the_layers() {
    let text = "definition user {\n  /** @layer finance */\n  relation owner: user\n}";
    insta::assert_snapshot!(rendered(text), @r##"
    error: `finance` is not a layer
      --> 2:14
       |   /** @layer finance */
       |              ^^^^^^^
       = help: the layers are `access`, `function`, `data` and `restriction`
    "##);
}

#[test]
fn import_says_what_to_do_instead() {
    let text = "import \"users.zed\"";
    insta::assert_snapshot!(rendered(text), @r##"
    error: `import` reads files, and a schema sent here has none beside it
      --> 1:1
       | import "users.zed"
       | ^^^^^^
       = help: put the imported definitions into this text
    "##);
}
