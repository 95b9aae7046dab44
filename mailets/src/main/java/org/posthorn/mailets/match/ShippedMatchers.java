package org.posthorn.mailets.match;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.Directory;

/// The list of the matchers that ship, but for the first ten.
public final class ShippedMatchers {
  private ShippedMatchers() {}

  /// The directory and the accounts are asked for when a matcher is made that needs them.
  public static List<MatcherFactory<?>> all(
      Supplier<Directory> directory, Supplier<Accounts> accounts) {
    List<MatcherFactory<?>> all = new ArrayList<>();
    all.addAll(AddressMatchers.all());
    all.addAll(new DirectoryMatchers(directory, accounts).all());
    all.addAll(SubjectMatchers.all());
    all.addAll(HeaderMatchers.all());
    all.addAll(PartMatchers.all());
    all.add(new AttachmentNameMatches());
    all.add(new TextMatches());
    all.addAll(NoteMatchers.all());
    all.addAll(OriginMatchers.all());
    all.addAll(FateMatchers.all());
    all.addAll(MachineMatchers.all());
    all.addAll(DnsMatchers.all());
    all.addAll(AuthMatchers.all());
    all.add(new AtMost());
    all.add(new DuringHours());
    all.add(new Sample());
    return List.copyOf(all);
  }
}
