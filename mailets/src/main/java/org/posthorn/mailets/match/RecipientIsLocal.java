package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Services;
import org.posthorn.storage.directory.Directory;

/// Recipients in a domain of this server, whether or not somebody has the address: `match:
/// RecipientIsLocal`.
public final class RecipientIsLocal implements MatcherFactory<NoParameters> {

  private final Directory directory;

  public RecipientIsLocal(Directory directory) {
    this.directory = directory;
  }

  @Override
  public String name() {
    return "RecipientIsLocal";
  }

  @Override
  public String summary() {
    return "Recipients in a domain of this server.";
  }

  @Override
  public Class<NoParameters> parameters() {
    return NoParameters.class;
  }

  @Override
  public Matcher create(NoParameters none, Services services) {
    return mail ->
        mail.recipients().stream()
            .filter(recipient -> directory.isLocal(recipient.address().domain()))
            .toList();
  }
}
