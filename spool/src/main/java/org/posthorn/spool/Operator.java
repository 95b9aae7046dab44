package org.posthorn.spool;

/// Who gives the orders that are carried out in the scope of a request: the name of a user of the
/// system, for the story. Nobody's is what the server does by itself.
public final class Operator {
  /// Bound by whoever takes the request.
  public static final ScopedValue<String> NAME = ScopedValue.newInstance();

  private Operator() {}

  /// The same work for another thread, with whoever is bound now.
  public static Runnable carrying(Runnable work) {
    String by = name();
    return () -> ScopedValue.where(NAME, by).run(work);
  }

  /// Empty when it is nobody, or not known.
  static String name() {
    return NAME.orElse("");
  }
}
