package org.posthorn.spool.chain;

/// A gate that ships and writes `Authentication-Results` (RFC 8601) in a name of its own. Plugins
/// do not know of it.
public interface WritesResults {
  /// Whether it writes in this name, which is given in lower case and without a dot at its end.
  boolean writesResultsAs(String name);
}
