/// What reports to other domains have in common: once a day, by mail that gives way to people's.
@NullMarked
package org.posthorn.app.reports;

import org.jspecify.annotations.NullMarked;
