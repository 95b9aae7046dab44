package org.posthorn.mailets.match;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.mailet.MatcherFactory;

/// The list of the matchers that ship, but for the first ten.
public final class ShippedMatchers {
  private ShippedMatchers() {}

  public static List<MatcherFactory<?>> all() {
    List<MatcherFactory<?>> all = new ArrayList<>();
    all.addAll(AddressMatchers.all());
    all.addAll(DirectoryMatchers.all());
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
    all.add(new RateOver());
    all.add(new DuringHours());
    all.add(new Sample());
    return List.copyOf(all);
  }
}
