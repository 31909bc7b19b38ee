//! Strongly connected components (Tarjan, SIAM J. Comput. 1, 1972), without recursion.

use super::graph::Graph;

const UNSEEN: u32 = u32::MAX;

/// The components of a graph, each after all those that it depends on.
pub(crate) fn components(graph: &Graph) -> Vec<Vec<u32>> {
    let count = graph.states().len();
    let mut search = Search {
        graph,
        order: vec![UNSEEN; count],
        low: vec![UNSEEN; count],
        on_stack: vec![false; count],
        stack: Vec::new(),
        next: 0,
        found: Vec::new(),
    };
    for position in (0u32..).take(count) {
        if search.order_of(position) == UNSEEN {
            search.run(position);
        }
    }
    search.found
}

struct Search<'g> {
    graph: &'g Graph,
    order: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<u32>,
    next: u32,
    found: Vec<Vec<u32>>,
}

impl Search<'_> {
    fn run(&mut self, root: u32) {
        // Each visited state with how many of its dependencies have been followed.
        let mut visits: Vec<(u32, usize)> = vec![(root, 0)];
        self.enter(root);
        while let Some((position, followed)) = visits.last_mut() {
            let position = *position;
            let dependency = self.graph.dependencies(position).get(*followed);
            *followed += 1;
            match dependency {
                Some(edge) if self.order_of(edge.to) == UNSEEN => {
                    self.enter(edge.to);
                    visits.push((edge.to, 0));
                }
                Some(edge) if self.is_on_stack(edge.to) => {
                    let order = self.order_of(edge.to);
                    self.lower(position, order);
                }
                Some(_) => {}
                None => {
                    visits.pop();
                    if let Some((parent, _)) = visits.last() {
                        let low = self.low.get(position as usize).copied().unwrap_or(UNSEEN);
                        self.lower(*parent, low);
                    }
                    self.leave(position);
                }
            }
        }
    }

    fn enter(&mut self, position: u32) {
        let index = position as usize;
        for list in [&mut self.order, &mut self.low] {
            if let Some(entry) = list.get_mut(index) {
                *entry = self.next;
            }
        }
        if let Some(entry) = self.on_stack.get_mut(index) {
            *entry = true;
        }
        self.stack.push(position);
        self.next += 1;
    }

    /// Where a component's first state is left, the component is everything above it on the stack.
    fn leave(&mut self, position: u32) {
        let index = position as usize;
        if self.low.get(index) != self.order.get(index) {
            return;
        }
        let start = self
            .stack
            .iter()
            .rposition(|other| *other == position)
            .unwrap_or(0);
        let component = self.stack.split_off(start);
        for member in &component {
            if let Some(entry) = self.on_stack.get_mut(*member as usize) {
                *entry = false;
            }
        }
        self.found.push(component);
    }

    fn lower(&mut self, position: u32, to: u32) {
        if let Some(entry) = self.low.get_mut(position as usize) {
            *entry = to.min(*entry);
        }
    }

    fn order_of(&self, position: u32) -> u32 {
        self.order.get(position as usize).copied().unwrap_or(UNSEEN)
    }

    fn is_on_stack(&self, position: u32) -> bool {
        self.on_stack
            .get(position as usize)
            .copied()
            .unwrap_or(false)
    }
}
