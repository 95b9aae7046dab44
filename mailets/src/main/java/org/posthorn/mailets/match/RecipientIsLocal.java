package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;
import org.posthorn.storage.directory.Directory;

/// Recipients in a domain of this server, whether or not somebody has the address: `match:
/// RecipientIsLocal`.
public final class RecipientIsLocal implements MatcherFactory {
  private final Directory directory;

  public RecipientIsLocal(Directory directory) {
    this.directory = directory;
  }

  @Override
  public String name() {
    return "RecipientIsLocal";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    return mail ->
        mail.recipients().stream()
            .filter(recipient -> directory.isLocal(recipient.address().domain()))
            .toList();
  }
}
