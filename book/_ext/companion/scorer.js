// Sphinx's weights, and one for the results of the book (search.py): above a page that only contains the words, below
// one whose title is what was asked for.
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5, 3: 40 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
