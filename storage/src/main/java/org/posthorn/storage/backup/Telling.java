package org.posthorn.storage.backup;

/// Takes what there is to tell while a backup is made, verified or brought back. Called by the
/// thread that does it, often: whoever shows it decides how often.
public interface Telling {
  /// `messages` are those of the accounts that are done.
  void progress(long accountsDone, long accountsTotal, long messages);

  /// `account` is a login where one is known, and otherwise an id.
  void problem(String account, String what);
}
