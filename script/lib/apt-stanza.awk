# Finds the apt source of release `own` (component main) in one-line and deb822 files, and prints it as a
# deb822 stanza for release `suite`: same URI, same options (Signed-By with an embedded key included).
# Exit 1 when there is none.

function reset() { delete field; last = ""; }

function finish_stanza(    n, i, suites, name) {
  if (!found && field["enabled"] !~ /no|false/ && field["types"] ~ /(^| )deb( |$)/ &&
      (" " field["components"] " ") ~ / main /) {
    n = split(field["suites"], suites, /[ \t]+/);
    for (i = 1; i <= n; i++) if (suites[i] == own) {
      split(field["uris"], uri, /[ \t]+/);
      print_stanza(uri[1]);
      for (name in field)
        if (name !~ /^(types|uris|suites|components|enabled|architectures|languages|targets)$/)
          print title[name] ":" (field[name] ~ /^\n/ ? "" : " ") field[name];
      break;
    }
  }
  reset();
}

function print_stanza(uri) {
  found = 1;
  print "Types: deb";
  print "URIs: " uri;
  print "Suites: " suite;
  print "Components: main";
}

# One line: deb [option=value ...] uri suite component...
function one_line(    rest, options, n, i, pair, part) {
  rest = $0;
  sub(/^deb[ \t]+/, "", rest);
  options = "";
  if (rest ~ /^\[/) {
    options = substr(rest, 2, index(rest, "]") - 2);
    rest = substr(rest, index(rest, "]") + 1);
  }
  sub(/#.*/, "", rest);
  n = split(rest, part, /[ \t]+/);
  i = part[1] == "" ? 2 : 1;
  if (found || part[i + 1] != own || rest !~ /[ \t]main([ \t]|$)/) return;
  print_stanza(part[i]);
  n = split(options, pair, /[ \t]+/);
  for (i = 1; i <= n; i++) {
    split(pair[i], part, "=");
    if (part[1] == "signed-by") print "Signed-By: " part[2];
    if (part[1] == "trusted") print "Trusted: " part[2];
    if (part[1] == "allow-insecure") print "Allow-Insecure: " part[2];
    if (part[1] == "check-valid-until") print "Check-Valid-Until: " part[2];
  }
}

FNR == 1 { finish_stanza(); deb822 = FILENAME ~ /\.sources$/; }
/^[ \t]*#/ { next }
!deb822 { if ($1 == "deb") one_line(); next; }
/^[ \t]*$/ { finish_stanza(); next; }
/^[ \t]/ { field[last] = field[last] "\n" $0; next; }
{
  last = tolower(substr($0, 1, index($0, ":") - 1));
  title[last] = substr($0, 1, index($0, ":") - 1);
  field[last] = substr($0, index($0, ":") + 1);
  sub(/^[ \t]+/, "", field[last]);
}
END { finish_stanza(); exit !found; }
